import { backend_util, type Conv2DInfo } from '../../core.js';
import type { Graph } from '../graph.js';
import { type Attributes, type Inputs, kernel } from '../kernel-registry.js';
import type { ElementType, Value } from '../value.js';
import { activation } from './activation.js';

/*
 * TensorFlow.js is channels-last and ONNX channels-first: inputs and results are transposed. Gradients are
 * expressed in operators for inference: ConvTranspose for the input's, and for the filter's a convolution of
 * the input with `dy` in which batch and channels are swapped.
 */

const floats: ElementType[] = ['float32'];
const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];

type Info = Conv2DInfo;

function info(
  inShape: readonly number[],
  filterShape: readonly number[],
  attrs: Attributes,
  depthwise = false,
): Info {
  return backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(attrs.dataFormat ?? 'NHWC'),
  );
}

function pads({ padInfo }: Info): number[] {
  return [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right];
}

function convolve(g: Graph, x: Value, filter: Value, perm: number[], i: Info, group: number): Value {
  const result = g.node(
    'Conv',
    [g.transpose(x, toChannelsFirst), g.transpose(filter, perm)],
    [i.batchSize, i.outChannels, i.outHeight, i.outWidth],
    'float32',
    {
      strides: [i.strideHeight, i.strideWidth],
      dilations: [i.dilationHeight, i.dilationWidth],
      pads: pads(i),
      group,
    },
  );
  return g.transpose(result, toChannelsLast);
}

function conv2d(g: Graph, x: Value, filter: Value, attrs: Attributes): Value | null {
  if (attrs.dataFormat === 'NCHW') return null;
  const i = info(x.shape, filter.shape, attrs);
  return convolve(g, x, filter, [3, 2, 0, 1], i, x.shape[3]! / filter.shape[2]!);
}

kernel('Conv2D', (g, { x, filter }, attrs) => conv2d(g, x!, filter!, attrs), floats);

kernel('FusedConv2D', (g, inputs, attrs) => fused(g, conv2d, inputs, attrs), floats);

function depthwise(g: Graph, x: Value, filter: Value, attrs: Attributes): Value | null {
  if (attrs.dataFormat === 'NCHW') return null;
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const i = info(x.shape, filter.shape, attrs, true);
  const grouped = g.reshape(filter, [height, width, 1, channels * multiplier]);
  return convolve(g, x, grouped, [3, 2, 0, 1], i, channels);
}

kernel('DepthwiseConv2dNative', (g, { x, filter }, attrs) => depthwise(g, x!, filter!, attrs), floats);

kernel('FusedDepthwiseConv2D', (g, inputs, attrs) => fused(g, depthwise, inputs, attrs), floats);

/** A convolution, a bias and an activation. */
function fused(
  g: Graph,
  convolution: typeof conv2d,
  { x, filter, bias, preluActivationWeights }: Inputs,
  attrs: Attributes,
): Value | null {
  if (preluActivationWeights) return null;
  const product = convolution(g, x!, filter!, attrs);
  return product && activation(g, attrs.activation, bias ? g.binary('Add', product, bias) : product);
}

kernel(
  'Conv2DBackpropInput',
  (g, { dy, filter }, { inputShape, ...attrs }) => {
    const i = info(inputShape, filter!.shape, attrs);
    if (attrs.dataFormat === 'NCHW' || filter!.shape[2] !== inputShape[3]) return null;
    // Transposed convolutions may request a smaller result than `dy` would give.
    if (dy!.shape[1] !== i.outHeight || dy!.shape[2] !== i.outWidth) return null;
    const [top, left, bottom, right] = pads(i) as [number, number, number, number];
    // Rows and columns at the end that no window reached.
    const rest = [
      i.inHeight - (i.strideHeight * (i.outHeight - 1) + i.effectiveFilterHeight - top - bottom),
      i.inWidth - (i.strideWidth * (i.outWidth - 1) + i.effectiveFilterWidth - left - right),
    ];
    if (rest.some((n) => n < 0)) return null;
    const result = g.node(
      'ConvTranspose',
      [g.transpose(dy!, toChannelsFirst), g.transpose(filter!, [3, 2, 0, 1])],
      [i.batchSize, i.inChannels, i.inHeight - rest[0]!, i.inWidth - rest[1]!],
      'float32',
      {
        strides: [i.strideHeight, i.strideWidth],
        dilations: [i.dilationHeight, i.dilationWidth],
        pads: [top, left, bottom, right],
      },
    );
    const dx = g.transpose(result, toChannelsLast);
    if (rest.every((n) => n === 0)) return dx;
    const padding = g.int64([0, 0, 0, 0, 0, rest[0]!, rest[1]!, 0]);
    return g.node('Pad', [dx, padding, g.float(0)], inputShape, 'float32', { mode: 'constant' });
  },
  floats,
);

kernel(
  'Conv2DBackpropFilter',
  (g, { x, dy }, { filterShape, ...attrs }) => {
    const i = info(x!.shape, filterShape, attrs);
    if (attrs.dataFormat === 'NCHW' || filterShape[2] !== x!.shape[3]) return null;
    const height = i.inHeight + i.padInfo.top + i.padInfo.bottom - i.strideHeight * (i.outHeight - 1);
    const width = i.inWidth + i.padInfo.left + i.padInfo.right - i.strideWidth * (i.outWidth - 1);
    const wide = g.node(
      'Conv',
      [g.transpose(x!, [3, 0, 1, 2]), g.transpose(dy!, [3, 0, 1, 2])],
      [i.inChannels, i.outChannels, height, width],
      'float32',
      {
        strides: [i.dilationHeight, i.dilationWidth],
        dilations: [i.strideHeight, i.strideWidth],
        pads: pads(i),
      },
    );
    const filter = g.slice(wide, [0, 0, 0, 0], [i.inChannels, i.outChannels, filterShape[0], filterShape[1]]);
    return g.transpose(filter, [2, 3, 0, 1]);
  },
  floats,
);
