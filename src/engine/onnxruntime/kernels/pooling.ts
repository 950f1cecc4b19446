import { backend_util } from '../../core.js';
import { kernel } from '../kernel-registry.js';

const floats = ['float32'] as const;

for (const [name, op] of Object.entries({ MaxPool: 'MaxPool', AvgPool: 'AveragePool' })) {
  kernel(
    name,
    (g, { x }, { filterSize, strides, pad, dimRoundingMode }) => {
      const i = backend_util.computePool2DInfo(
        x!.shape as [number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { top, left, bottom, right } = i.padInfo;
      // ONNX Runtime refuses windows that may be entirely in the padding.
      if (Math.max(top, bottom) >= i.filterHeight || Math.max(left, right) >= i.filterWidth) return null;
      const result = g.node(
        op,
        [g.transpose(x!, [0, 3, 1, 2])],
        [i.batchSize, i.outChannels, i.outHeight, i.outWidth],
        'float32',
        {
          kernel_shape: [i.filterHeight, i.filterWidth],
          strides: [i.strideHeight, i.strideWidth],
          pads: [top, left, bottom, right],
        },
      );
      return g.transpose(result, [0, 2, 3, 1]);
    },
    floats,
  );
}
