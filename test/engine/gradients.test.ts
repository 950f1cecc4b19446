import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import {
  conv1d,
  gelu,
  groupedConv1d,
  layerNorm,
  linear,
  normalisedConv1d,
  pairedConv1d,
  spectralConv1d,
} from '../../src/engine/ops.js';
import '../../src/engine/tf.js';
import {
  assertClose,
  type Data,
  evaluate,
  floats,
  generator,
  type Operation,
  sameAsCpu,
  tensor,
} from '../support/compare-engines.js';

/** The operations by name. */
const ops: typeof tf = { ...tf };

/** The frames of `pairedConv1d` that count. */
function paired(x: tf.Tensor, taps: tf.Tensor[]): tf.Tensor {
  const all = pairedConv1d(x, taps as [tf.Tensor, tf.Tensor, tf.Tensor]);
  return tf.slice(all, [0, 0, 0], [-1, all.shape[1] - 1, -1]);
}

const threeTaps = (inputs: number, outputs: number) =>
  [0, 1, 2].map((tap) => {
    const { shape, values, dtype } = floats([outputs, inputs]);
    return { shape, dtype, values: values.map((value, i) => value * (1 + tap) - 0.1 * (i % (2 + tap))) };
  });

type Case = [name: string, operation: Operation, inputs: Data[]];

const x34 = () => floats([3, 4]);
/** Away from 0, where some functions have no derivative. */
const clear = (shape: number[]): Data => {
  const data = floats(shape, 0.3, 2);
  data.values = data.values.map((v, i) => (i % 2 ? v : -v));
  return data;
};
const positive = (shape: number[]) => floats(shape, 0.5, 2);
const t4 = (t: tf.Tensor) => t as tf.Tensor4D;
const ids = () => tf.tensor1d([2, 0, 2, 1], 'int32');

const smooth = [
  'exp',
  'expm1',
  'erf',
  'sin',
  'cos',
  'atan',
  'tanh',
  'sigmoid',
  'softplus',
  'square',
  'neg',
] as const;
const kinked = ['abs', 'relu', 'relu6', 'elu', 'selu', 'leakyRelu'] as const;
const positives = ['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const;

const cases: Case[] = [
  ...smooth.map((name): Case => [name, (x) => ops[name](x!), [x34()]]),
  ...kinked.map((name): Case => [name, (x) => ops[name](x!), [clear([3, 4])]]),
  ...positives.map((name): Case => [name, (x) => ops[name](x!), [positive([3, 4])]]),
  ['add', (a, b) => tf.add(a!, b!), [floats([2, 1, 4]), floats([3, 1])]],
  [
    'add, of what is added again to a product of it',
    (x) => tf.add(tf.add(tf.mul(x!, x!), tf.mul(x!, 2)), x!),
    [{ shape: [3], dtype: 'float32', values: [0.5, -1, 2] }],
  ],
  ['addN', (...x) => tf.addN(x), [x34(), x34()]],
  ['sub', (a, b) => tf.sub(a!, b!), [floats([2, 3]), floats([3])]],
  ['mul', (a, b) => tf.mul(a!, b!), [floats([2, 1, 4]), floats([3, 1])]],
  ['mul with a scalar', (a, b) => tf.mul(a!, b!), [floats([2, 3]), floats([])]],
  ['div', (a, b) => tf.div(a!, b!), [floats([2, 3]), positive([3])]],
  ['squaredDifference', (a, b) => tf.squaredDifference(a!, b!), [floats([2, 3]), floats([3])]],
  ['pow', (a, b) => tf.pow(a!, b!), [positive([2, 3]), floats([3])]],
  ['maximum', (a, b) => tf.maximum(a!, b!), [floats([2, 3]), floats([3])]],
  ['minimum', (a, b) => tf.minimum(a!, b!), [floats([2, 3]), floats([3])]],
  ['clipByValue', (x) => tf.clipByValue(x!, -1, 1), [clear([3, 4])]],
  ['where', (a, b) => tf.where(tf.tensor1d([1, 0, 1], 'bool'), a!, b!), [floats([2, 3]), floats([3])]],
  ['cast', (x) => tf.square(tf.cast(x!, 'float32')), [x34()]],
  ['sum', (x) => tf.sum(x!, 1), [floats([2, 3, 4])]],
  ['sum, kept', (x) => tf.sum(x!, [0, 2], true), [floats([2, 3, 4])]],
  ['mean', (x) => tf.mean(x!, [0, 2]), [floats([2, 3, 4])]],
  ['max', (x) => tf.max(x!, 1), [x34()]],
  ['min', (x) => tf.min(x!, 0), [x34()]],
  ['cumsum', (x) => tf.cumsum(x!, 1, true), [x34()]],
  ['softmax', (x) => tf.softmax(x!), [x34()]],
  ['logSoftmax', (x) => tf.logSoftmax(x!), [x34()]],
  ['logSumExp', (x) => tf.logSumExp(x!, 1), [x34()]],
  ['norm', (x) => tf.norm(x!, 2, 1), [x34()]],
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb): Case => {
      const a = floats(ta ? [2, 4, 3] : [2, 3, 4]);
      const b = floats(tb ? [2, 5, 4] : [2, 4, 5]);
      return [`matMul ${ta} ${tb}`, (x, y) => tf.matMul(x!, y!, ta, tb), [a, b]];
    }),
  ),
  ['matMul with one matrix', (a, b) => tf.matMul(a!, b!), [floats([2, 3, 4]), floats([4, 5])]],
  [
    'matMul with one matrix bT',
    (a, b) => tf.matMul(a!, b!, false, true),
    [floats([2, 3, 4]), floats([5, 4])],
  ],
  ['matMul with one matrix aT', (a, b) => tf.matMul(a!, b!, true), [floats([2, 4, 3]), floats([4, 5])]],
  ['conv2d', (x, w) => tf.conv2d(t4(x!), t4(w!), 2, 'same'), [floats([2, 6, 5, 2]), floats([3, 2, 2, 3])]],
  [
    'conv2d valid',
    (x, w) => tf.conv2d(t4(x!), t4(w!), 2, 'valid'),
    [floats([1, 6, 6, 2]), floats([3, 3, 2, 3])],
  ],
  [
    'depthwiseConv2d',
    (x, w) => tf.depthwiseConv2d(t4(x!), t4(w!), 1, 'same'),
    [floats([1, 4, 4, 2]), floats([3, 3, 2, 2])],
  ],
  ['reshape', (x) => tf.reshape(x!, [2, 6]), [x34()]],
  ['expandDims', (x) => tf.expandDims(x!, 1), [x34()]],
  ['transpose', (x) => tf.transpose(x!, [2, 0, 1]), [floats([2, 3, 4])]],
  ['reverse', (x) => tf.reverse(x!, 1), [x34()]],
  ['slice', (x) => tf.slice(x!, [1, 1], [2, 2]), [x34()]],
  [
    'pad',
    (x) =>
      tf.pad(x!, [
        [1, 0],
        [2, 1],
      ]),
    [x34()],
  ],
  ['concat', (a, b) => tf.concat([a!, b!], 1), [floats([2, 3]), floats([2, 1])]],
  ['stack', (a, b) => tf.stack([a!, b!], 1), [x34(), x34()]],
  ['unstack', (x) => tf.unstack(x!, 1).reduce((a, b) => tf.mul(a, b)), [x34()]],
  ['split', (x) => tf.split(x!, 2, 1).reduce((a, b) => tf.mul(a, b)), [x34()]],
  ['tile', (x) => tf.tile(x!, [2, 3]), [x34()]],
  ['gather', (x) => tf.gather(x!, ids()), [x34()]],
  ['gather along axis 1', (x) => tf.gather(x!, ids(), 1), [floats([2, 3, 2])]],
  ['unsortedSegmentSum', (x) => tf.unsortedSegmentSum(x!, ids(), 3), [floats([4, 2])]],
  ['gelu', (x) => gelu(x!), [x34()]],
  ['layerNorm', (x, g, b) => layerNorm(x!, g!, b!), [floats([2, 3, 5]), floats([5]), floats([5])]],
  ['conv1d', (x, w) => conv1d(x!, w!), [floats([2, 9, 2]), floats([4, 3, 2])]],
  ['conv1d, stride 2, size 3', (x, w) => conv1d(x!, w!, 2), [floats([2, 9, 2]), floats([4, 3, 2])]],
  [
    'conv1d, stride 2, size 3, a row left',
    (x, w) => conv1d(x!, w!, 2),
    [floats([2, 10, 2]), floats([4, 3, 2])],
  ],
  ['conv1d, stride 2, size 2', (x, w) => conv1d(x!, w!, 2), [floats([1, 9, 3]), floats([2, 2, 3])]],
  ['conv1d, stride 5, size 10', (x, w) => conv1d(x!, w!, 5), [floats([1, 27, 1]), floats([2, 10, 1])]],
  ['conv1d, stride 3, size 2', (x, w) => conv1d(x!, w!, 3), [floats([1, 10, 2]), floats([2, 2, 2])]],
  ['conv1d, size 1', (x, w) => conv1d(x!, w!), [floats([1, 4, 2]), floats([3, 1, 2])]],
  ['pairedConv1d', (x, ...taps) => paired(x!, taps), [floats([2, 8, 3]), ...threeTaps(3, 2)]],
  ['pairedConv1d, one row', (x, ...taps) => paired(x!, taps), [floats([1, 4, 2]), ...threeTaps(2, 3)]],
  [
    'normalisedConv1d',
    (x, w, gamma, beta) => normalisedConv1d(x!, w!, 2, gamma!, beta!),
    [floats([2, 12, 2]), floats([4, 3, 2]), floats([4]), floats([4])],
  ],
  [
    'linear',
    (x, w, bias) => linear(x as tf.Tensor2D, w!, bias!),
    [floats([5, 3]), floats([4, 3]), floats([4])],
  ],
  ['groupedConv1d', (x, w) => groupedConv1d(x!, w!, 2), [floats([2, 6, 4]), floats([6, 2, 3])]],
  ['groupedConv1d, even size', (x, w) => groupedConv1d(x!, w!, 3), [floats([1, 7, 6]), floats([3, 2, 4])]],
  [
    'groupedConv1d, padded',
    (x, w) => groupedConv1d(x!, w!, 2, [2, 1]),
    [floats([2, 5, 4]), floats([6, 2, 4])],
  ],
  ['spectralConv1d', (x, w) => spectralConv1d(x!, w!, 2, [2, 1]), [floats([2, 5, 4]), floats([6, 2, 4])]],
];

/** A scalar that depends on each element of the operation's result differently. */
function probe(operation: Operation): (...inputs: tf.Tensor[]) => tf.Scalar {
  return (...inputs) => {
    const y = operation(...inputs) as tf.Tensor;
    const random = generator(3);
    const weights = Float32Array.from({ length: y.size }, () => random() - 0.3);
    return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
  };
}

function gradientsOf(operation: Operation): Operation {
  return (...inputs) => tf.grads(probe(operation) as never)(inputs) as tf.Tensor[];
}

test('gradients on ONNX Runtime equal those on the CPU back end', async (t) => {
  for (const [name, operation, inputs] of cases) {
    await t.test(name, () => sameAsCpu(gradientsOf(operation), inputs, 3e-6));
  }
});

test('gradients agree with finite differences', async (t) => {
  const step = 1 / 128;
  for (const [name, operation, inputs] of cases) {
    await t.test(name, async () => {
      const analytic = await evaluate('cpu', gradientsOf(operation), inputs);
      const value = (data: Data[]) => tf.tidy(() => probe(operation)(...data.map(tensor)).dataSync()[0]!);
      const numeric = inputs.map((data, k) => ({
        ...data,
        values: data.values.map((_, i) => {
          const moved = (by: number) =>
            value(
              inputs.map((d, j) =>
                j === k ? { ...d, values: d.values.map((v, m) => (m === i ? v + by : v)) } : d,
              ),
            );
          return (moved(step) - moved(-step)) / (2 * step);
        }),
      }));
      assertClose(analytic, numeric, 3e-3);
    });
  }
});

test('a gradient through several layers is the same on both back ends', async () => {
  const inputs = [
    floats([2, 20, 3]),
    floats([8, 3, 3]),
    floats([8]),
    floats([8]),
    floats([8, 8]),
    floats([8, 2, 4]),
  ];
  const network: Operation = (x, w, gamma, beta, query, position) => {
    const h = layerNorm(gelu(conv1d(x!, w!, 2)), gamma!, beta!);
    const attention = tf.softmax(tf.matMul(tf.matMul(h, query!), h, false, true));
    return tf.logSoftmax(tf.mean(groupedConv1d(tf.matMul(attention, h), position!, 4), 1));
  };
  // Scores of up to hundreds make rounding count: for other inputs of this kind, up to 4e-5.
  await sameAsCpu(gradientsOf(network), inputs, 5e-5);
});

test('groupedConv1d is the sum over taps and channels of each group', async () => {
  const [batch, time, channels, size, outputs, groups] = [2, 6, 4, 3, 6, 2] as const;
  const [before, after] = [2, 1];
  const x = floats([batch, time, channels]);
  const w = floats([outputs, channels / groups, size]);
  const [got] = await evaluate('onnxruntime', (x, w) => groupedConv1d(x!, w!, groups, [before, after]), [
    x,
    w,
  ]);
  const values: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let t = -before; t + size <= time + after; t++) {
      for (let o = 0; o < outputs; o++) {
        const first = Math.floor(o / (outputs / groups)) * (channels / groups);
        let sum = 0;
        for (let k = 0; k < size; k++) {
          if (t + k < 0 || t + k >= time) continue;
          for (let c = 0; c < channels / groups; c++) {
            const input = x.values[(n * time + t + k) * channels + first + c]!;
            sum += input * w.values[(o * (channels / groups) + c) * size + k]!;
          }
        }
        values.push(sum);
      }
    }
  }
  assertClose(
    [got!],
    [{ shape: [batch, before + time + after - size + 1, outputs], dtype: 'float32', values }],
    1e-6,
  );
});

test('conv1d matches tf.conv1d, and refuses shapes that do not fit', async () => {
  const inputs = [floats([2, 11, 3]), floats([5, 4, 3])];
  const [ours] = await evaluate('onnxruntime', (x, w) => conv1d(x!, w!, 3), inputs);
  const [theirs] = await evaluate(
    'cpu',
    (x, w) => tf.conv1d(x as tf.Tensor3D, tf.transpose(w as tf.Tensor3D, [1, 2, 0]), 3, 'valid'),
    inputs,
  );
  assertClose([ours!], [theirs!], 1e-6);
  assert.throws(() => conv1d(tf.zeros([1, 3, 2]), tf.zeros([1, 4, 2])), /does not fit/);
  assert.throws(() => groupedConv1d(tf.zeros([1, 9, 4]), tf.zeros([4, 4, 3]), 2), /does not fit/);
  assert.throws(() => groupedConv1d(tf.zeros([1, 9, 4]), tf.zeros([4, 2, 3]), 2, [3, 0]), /does not fit/);
});

for (const [time, size, padding] of [
  [49, 128, [64, 63]],
  [11, 4, [0, 0]],
  [12, 5, [4, 0]],
  [3, 7, [2, 6]],
] as const) {
  test(`spectralConv1d is groupedConv1d, of ${time} frames with ${size} taps`, async () => {
    const inputs = [floats([3, time, 6]), floats([4, 3, size])];
    for (const engine of ['onnxruntime', 'cpu'] as const) {
      const [ours] = await evaluate(engine, (x, w) => spectralConv1d(x!, w!, 2, padding), inputs);
      const [theirs] = await evaluate(engine, (x, w) => groupedConv1d(x!, w!, 2, padding), inputs);
      assertClose([ours!], [theirs!], 1e-5);
    }
  });
}

test('pairedConv1d matches conv1d with stride 2, and refuses shapes that do not fit', async () => {
  const inputs = [floats([3, 20, 5]), ...threeTaps(5, 4)];
  for (const engine of ['onnxruntime', 'cpu'] as const) {
    const [ours] = await evaluate(engine, (x, ...taps) => paired(x!, taps), inputs);
    const plain: Operation = (x, ...taps) => conv1d(x!, tf.stack(taps, 1), 2);
    const [theirs] = await evaluate(engine, plain, inputs);
    assertClose([ours!], [theirs!], 1e-6);
  }
  const tap = () => tf.zeros([4, 2]);
  assert.throws(() => pairedConv1d(tf.zeros([1, 6, 2]), [tap(), tap(), tap()]), /do not fit/);
  assert.throws(() => pairedConv1d(tf.zeros([1, 8, 3]), [tap(), tap(), tap()]), /do not fit/);
});

test('normalisedConv1d is conv1d followed by normalising each channel of each clip over time', async () => {
  const inputs = [floats([3, 40, 1]), floats([4, 10, 1])];
  const normalise = (x: tf.Tensor) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5)));
  };
  const gamma = () => tf.tensor1d([1, 2, -1, 0.5]);
  const beta = () => tf.tensor1d([0, 1, 2, -3]);
  const [ours] = await evaluate(
    'onnxruntime',
    (x, w) => normalisedConv1d(x!, w!, 5, gamma(), beta()),
    inputs,
  );
  const plain = (x: tf.Tensor, w: tf.Tensor) => tf.add(tf.mul(normalise(conv1d(x, w, 5)), gamma()), beta());
  const [theirs] = await evaluate('cpu', (x, w) => plain(x!, w!), inputs);
  ours!.values.forEach((value, i) => {
    assert.ok(Math.abs(value - theirs!.values[i]!) < 1e-5);
  });
});

for (const x of [0, -0, 20, -20, 1e30, -1e30]) {
  test(`the slope of gelu at ${x} is finite`, async () => {
    const [slope] = await evaluate('onnxruntime', (x) => tf.grad((x) => gelu(x))(x!), [
      { shape: [1], dtype: 'float32', values: [x] },
    ]);
    assert.ok(Math.abs(slope!.values[0]! - (x === 0 ? 0.5 : Number(x > 0))) < 1e-6);
  });
}
