import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import {
  backend,
  bools,
  type Data,
  floats,
  ints,
  type Operation,
  sameAsCpu,
} from '../support/compare-engines.js';

/** The operations by name. */
const ops: typeof tf = { ...tf };

type Case = [name: string, operation: Operation, inputs: Data[]];

/** Shapes of two operands that broadcast. */
const pairs: [number[], number[]][] = [
  [[], []],
  [[3], []],
  [[2, 3], [3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [5, 1],
    [1, 7],
  ],
];
const t1 = (t: tf.Tensor) => t as tf.Tensor1D;
const t4 = (t: tf.Tensor) => t as tf.Tensor4D;

function unary(names: (keyof typeof tf)[], low = -2, high = 2): Case[] {
  return names.flatMap((name) =>
    [[], [7], [2, 3, 5]].map((shape): Case => {
      const operation = ops[name] as unknown as (x: tf.Tensor) => tf.Tensor;
      return [`${name} [${shape}]`, (x) => operation(x!), [floats(shape, low, high)]];
    }),
  );
}

function binary(names: (keyof typeof tf)[], make: (shape: number[]) => Data, kind: string): Case[] {
  return names.flatMap((name) =>
    pairs.map(([a, b]): Case => {
      const operation = ops[name] as unknown as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
      return [`${name} ${kind} [${a}] [${b}]`, (x, y) => operation(x!, y!), [make(a), make(b)]];
    }),
  );
}

const elementwise: Case[] = [
  ...unary([
    'abs',
    'neg',
    'square',
    'exp',
    'erf',
    'relu',
    'relu6',
    'tanh',
    'sigmoid',
    'elu',
    'selu',
    'softplus',
  ]),
  ...unary([
    'sign',
    'step',
    'floor',
    'ceil',
    'round',
    'sin',
    'cos',
    'sinh',
    'cosh',
    'atan',
    'asinh',
    'isNaN',
  ]),
  ...unary(['isFinite', 'isInf', 'zerosLike', 'onesLike', 'leakyRelu', 'expm1', 'clone']),
  ...unary(['sqrt', 'rsqrt', 'log', 'log1p', 'reciprocal', 'acosh'], 1.1, 4),
  ...unary(['asin', 'acos', 'atanh', 'tan'], -0.9, 0.9),
  ...binary(
    ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference', 'floorDiv'],
    floats,
    'float',
  ),
  ...binary(['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual'], floats, 'float'),
  ...binary(
    ['add', 'sub', 'mul', 'maximum', 'minimum', 'squaredDifference', 'floorDiv', 'mod'],
    (s) => ints(s, 1, 9),
    'int',
  ),
  ...binary(['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual'], ints, 'int'),
  ...binary(['logicalAnd', 'logicalOr', 'logicalXor', 'equal', 'notEqual'], bools, 'bool'),
  ...binary(['pow'], (s) => floats(s, 0.3, 3), 'float'),
  ['float with int', (a, b) => tf.add(a!, b!), [floats([2, 3]), ints([3])]],
  ['logicalNot', (x) => tf.logicalNot(x!), [bools([3, 4])]],
  ['abs of int', (x) => tf.abs(x!), [ints([4])]],
  ['neg of int', (x) => tf.neg(x!), [ints([4])]],
  ['step with alpha', (x) => tf.step(x!, 0.25), [floats([9])]],
  ['step of NaN', (x) => tf.step(x!), [{ shape: [3], dtype: 'float32', values: [Number.NaN, 1, -1] }]],
  ['prelu', (x, a) => tf.prelu(x!, a!), [floats([2, 5]), floats([5])]],
  ['clipByValue', (x) => tf.clipByValue(x!, -0.5, 1), [floats([4, 5])]],
  ['addN', (...x) => tf.addN(x), [floats([2, 3]), floats([2, 3]), floats([2, 3])]],
  ['where', (c, a, b) => tf.where(c!, a!, b!), [bools([2, 3]), floats([2, 3]), floats([2, 3])]],
  ['where, broadcast', (c, a, b) => tf.where(c!, a!, b!), [bools([2, 1]), floats([2, 3]), floats([3])]],
  ['where of bools', (c, a, b) => tf.where(c!, a!, b!), [bools([5]), bools([5]), bools([5])]],
  ['where of ints', (c, a, b) => tf.where(c!, a!, b!), [bools([5]), ints([5]), ints([5])]],
  ['cast float to int', (x) => tf.cast(x!, 'int32'), [floats([20])]],
  [
    'cast float to bool',
    (x) => tf.cast(x!, 'bool'),
    [{ shape: [3], dtype: 'float32', values: [0, 0.5, -1] }],
  ],
  ['cast int to float', (x) => tf.cast(x!, 'float32'), [ints([2, 2])]],
  ['cast bool to float', (x) => tf.cast(x!, 'float32'), [bools([5])]],
  ['cast bool to int', (x) => tf.cast(x!, 'int32'), [bools([5])]],
];

const reductions: Case[] = (['sum', 'mean', 'max', 'min', 'prod'] as const).flatMap((name) =>
  [undefined, 0, -1, [0, 2], [1]].flatMap((axis) =>
    [true, false].flatMap((keep): Case[] => [
      [`${name} ${axis} ${keep}`, (x) => ops[name](x!, axis, keep), [floats([2, 3, 4])]],
      [`${name} of ints ${axis} ${keep}`, (x) => ops[name](x!, axis, keep), [ints([2, 3, 4])]],
    ]),
  ),
);
reductions.push(
  ['sum of bools', (x) => tf.sum(x!, 1), [bools([3, 4])]],
  ['all', (x) => tf.all(x!, 1), [bools([6, 2])]],
  ['any', (x) => tf.any(x!), [bools([3, 2])]],
  ['argMax', (x) => tf.argMax(x!, 1), [floats([3, 5, 2])]],
  ['argMax of ties', (x) => tf.argMax(x!), [{ shape: [4], dtype: 'int32', values: [1, 3, 3, 0] }]],
  ['argMin', (x) => tf.argMin(x!, -1), [floats([3, 5])]],
  ['softmax', (x) => tf.softmax(x!), [floats([2, 3, 5], -20, 20)]],
  ['logSoftmax', (x) => tf.logSoftmax(x!), [floats([4, 5], -20, 20)]],
  ['logSumExp', (x) => tf.logSumExp(x!, 1), [floats([4, 5])]],
  ['cumsum', (x) => tf.cumsum(x!, 1), [floats([2, 5, 3])]],
  ['cumsum, exclusive and reverse', (x) => tf.cumsum(x!, 0, true, true), [ints([5])]],
  ['moments', (x) => Object.values(tf.moments(x!, [0, 1])), [floats([3, 4, 2])]],
  ['norm', (x) => tf.norm(x!), [floats([3, 4])]],
);

const products: Case[] = [
  ['matMul', (a, b) => tf.matMul(a!, b!), [floats([3, 4]), floats([4, 5])]],
  ['matMul aT', (a, b) => tf.matMul(a!, b!, true), [floats([4, 3]), floats([4, 5])]],
  ['matMul bT', (a, b) => tf.matMul(a!, b!, false, true), [floats([3, 4]), floats([5, 4])]],
  ['matMul aT bT', (a, b) => tf.matMul(a!, b!, true, true), [floats([4, 3]), floats([5, 4])]],
  ['matMul of batches', (a, b) => tf.matMul(a!, b!), [floats([2, 3, 3, 4]), floats([2, 3, 4, 5])]],
  ['matMul of batches aT', (a, b) => tf.matMul(a!, b!, true), [floats([2, 4, 3]), floats([2, 4, 5])]],
  ['matMul of batches bT', (a, b) => tf.matMul(a!, b!, false, true), [floats([6, 3, 4]), floats([6, 5, 4])]],
  ['matMul with one matrix', (a, b) => tf.matMul(a!, b!), [floats([2, 3, 4]), floats([4, 5])]],
  [
    'matMul with one matrix bT',
    (a, b) => tf.matMul(a!, b!, false, true),
    [floats([2, 3, 4]), floats([5, 4])],
  ],
  [
    'fused.matMul',
    (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' }),
    [floats([3, 4]), floats([4, 5]), floats([5])],
  ],
  [
    'conv2d valid',
    (x, w) => tf.conv2d(t4(x!), t4(w!), 1, 'valid'),
    [floats([2, 7, 6, 3]), floats([3, 2, 3, 4])],
  ],
  [
    'conv2d same, stride 2',
    (x, w) => tf.conv2d(t4(x!), t4(w!), 2, 'same'),
    [floats([1, 7, 6, 3]), floats([3, 3, 3, 4])],
  ],
  [
    'conv2d dilated',
    (x, w) => tf.conv2d(t4(x!), t4(w!), 1, 'same', 'NHWC', 2),
    [floats([1, 7, 6, 2]), floats([3, 3, 2, 2])],
  ],
  [
    'conv1d',
    (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, 'valid'),
    [floats([2, 11, 3]), floats([4, 3, 5])],
  ],
  [
    'depthwiseConv2d',
    (x, w) => tf.depthwiseConv2d(t4(x!), t4(w!), 1, 'same'),
    [floats([1, 5, 6, 3]), floats([3, 3, 3, 2])],
  ],
  ['maxPool', (x) => tf.maxPool(t4(x!), 2, 2, 'valid'), [floats([1, 6, 6, 2])]],
  ['avgPool', (x) => tf.avgPool(t4(x!), 3, 2, 'same'), [floats([2, 6, 5, 2])]],
  [
    'fused depthwise convolution',
    (x, w, b) =>
      tf.fused.depthwiseConv2d({
        x: t4(x!),
        filter: t4(w!),
        strides: 2,
        pad: 'same',
        bias: t1(b!),
        activation: 'relu6',
      }),
    [floats([1, 6, 5, 3]), floats([3, 3, 3, 2]), floats([6])],
  ],
  ['einsum of one', (x) => tf.einsum('ij -> i', x!), [floats([3, 4])]],
  [
    'einsum of two',
    (a, b) => tf.einsum('bqhd, bkhd -> bhqk', a!, b!),
    [floats([2, 3, 2, 4]), floats([2, 5, 2, 4])],
  ],
  [
    'batchNorm',
    (x, m, v) => tf.batchNorm(x!, t1(m!), t1(v!), undefined, undefined, 1e-3),
    [floats([3, 4]), floats([4]), floats([4], 1, 2)],
  ],
];

const shapes: Case[] = [
  ['reshape', (x) => tf.square(tf.reshape(tf.exp(x!), [3, -1])), [floats([2, 6])]],
  ['expandDims', (x) => tf.expandDims(x!, 1), [ints([2, 6])]],
  ['squeeze', (x) => tf.squeeze(x!), [floats([2, 1, 6])]],
  ['transpose', (x) => tf.transpose(x!, [2, 0, 1]), [floats([2, 3, 4])]],
  ['transpose of bools', (x) => tf.transpose(x!), [bools([2, 3])]],
  ['slice', (x) => tf.slice(x!, [1, 0, 2], [2, 3, -1]), [floats([4, 3, 5])]],
  ['slice of all', (x) => tf.slice(x!, [0], [3]), [floats([3])]],
  ['stridedSlice', (x) => tf.stridedSlice(x!, [0, 1], [5, 6], [2, 3]), [floats([5, 6])]],
  ['stridedSlice backwards', (x) => tf.stridedSlice(x!, [4, 5], [0, -7], [-2, -1]), [ints([5, 6])]],
  [
    'stridedSlice with masks',
    (x) => tf.stridedSlice(x!, [1, 1], [3, 3], [1, 1], 1, 2, 0, 0, 0),
    [floats([5, 6])],
  ],
  ['reverse', (x) => tf.reverse(x!, [0, 2]), [floats([2, 3, 4])]],
  ['concat', (a, b, c) => tf.concat([a!, b!, c!], 1), [floats([2, 3]), floats([2, 1]), floats([2, 2])]],
  ['concat of bools', (a, b) => tf.concat([a!, b!]), [bools([2]), bools([3])]],
  ['stack', (a, b) => tf.stack([a!, b!], 1), [floats([2, 3]), floats([2, 3])]],
  ['unstack', (x) => tf.unstack(x!, 1), [floats([2, 3, 2])]],
  ['split', (x) => tf.split(x!, 3, 1), [floats([2, 6])]],
  ['split by sizes', (x) => tf.split(x!, [1, 2, 3], 1), [ints([2, 6])]],
  [
    'pad',
    (x) =>
      tf.pad(
        x!,
        [
          [1, 2],
          [0, 3],
        ],
        0.5,
      ),
    [floats([2, 3])],
  ],
  ['pad of ints', (x) => tf.pad(x!, [[1, 0]], 7), [ints([3])]],
  [
    'mirrorPad reflect',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 1],
          [2, 2],
        ],
        'reflect',
      ),
    [floats([3, 4])],
  ],
  [
    'mirrorPad symmetric',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 1],
          [2, 2],
        ],
        'symmetric',
      ),
    [floats([3, 4])],
  ],
  ['tile', (x) => tf.tile(x!, [2, 3]), [floats([2, 3])]],
  ['broadcastTo', (x) => tf.broadcastTo(x!, [4, 2, 3]), [floats([2, 1])]],
  ['fill', () => tf.fill([2, 3], 2.5), []],
  ['fill with ints', () => tf.fill([3], 4, 'int32'), []],
  ['zeros', () => tf.zeros([2, 3]), []],
  ['range', () => tf.range(1, 10, 2, 'int32'), []],
  ['linspace', () => tf.linspace(0, 1, 5), []],
  ['scalar results', (x) => tf.mul(tf.sum(x!), tf.scalar(2)), [floats([3])]],
];

const indexing: Case[] = [
  ['gather', (x, i) => tf.gather(x!, t1(i!)), [floats([5, 3]), ints([4], 0, 5)]],
  [
    'gather along axis 1',
    (x, i) => tf.gather(x!, i as tf.Tensor2D, 1),
    [floats([2, 5, 3]), ints([2, 2], 0, 5)],
  ],
  [
    'gather with batches',
    (x, i) => tf.gather(x!, i as tf.Tensor2D, 1, 1),
    [floats([2, 5, 3]), ints([2, 2], 0, 5)],
  ],
  ['gatherND', (x, i) => tf.gatherND(x!, i!), [floats([4, 5, 2]), ints([3, 2], 0, 4)]],
  ['oneHot', (i) => tf.oneHot(i as tf.Tensor2D, 6), [ints([3, 2], 0, 6)]],
  ['oneHot with values', (i) => tf.oneHot(t1(i!), 6, 3, -1), [ints([3], -1, 8)]],
  [
    'unsortedSegmentSum',
    (x, i) => tf.unsortedSegmentSum(x!, t1(i!), 4),
    [floats([6, 2, 3]), ints([6], 0, 4)],
  ],
  ['scatterND', (i, x) => tf.scatterND(i!, x!, [8, 2]), [ints([3, 1], 0, 8), floats([3, 2])]],
  ['topk', (x) => Object.values(tf.topk(x!, 2)), [floats([3, 5])]],
  [
    'topk of ties',
    (x) => Object.values(tf.topk(x!, 3)),
    [{ shape: [5], dtype: 'int32', values: [1, 3, 1, 3, 1] }],
  ],
];

const nothing = floats([0]);
const empty: Case[] = [
  ['exp of nothing', (x) => tf.exp(x!), [nothing]],
  ['add of nothing', (x, y) => tf.add(x!, y!), [floats([0, 3]), floats([1, 3])]],
  ['sum of nothing', (x) => tf.sum(x!), [nothing]],
  ['concat with nothing', (x, y) => tf.concat([x!, y!]), [nothing, floats([3])]],
  ['matMul without a common axis', (a, b) => tf.matMul(a!, b!), [floats([2, 0]), floats([0, 3])]],
  ['slice to nothing', (x) => tf.slice(x!, [1], [0]), [floats([3])]],
  ['reshape of nothing', (x) => tf.reshape(x!, [0, 2]), [floats([0])]],
  ['gather of nothing', (x, i) => tf.gather(x!, t1(i!)), [floats([3, 2]), ints([0])]],
];

for (const [group, cases] of Object.entries({ elementwise, reductions, products, shapes, indexing, empty })) {
  test(`${group} kernels match the CPU back end`, async (t) => {
    for (const [name, operation, inputs] of cases) {
      await t.test(name, () => sameAsCpu(operation, inputs, 5e-6));
    }
  });
}

test('an empty strided slice is empty', async () => {
  await tf.setBackend('onnxruntime');
  const slice = tf.stridedSlice(tf.tensor1d([1, 2, 3]), [2], [1], [1]);
  assert.deepEqual(slice.shape, [0]);
  assert.equal(slice.dataSync().length, 0);
});

test('kernels that ONNX Runtime can compute do not use the fallback', async () => {
  const covered: Case[] = [...elementwise, ...reductions, ...products, ...shapes, ...indexing];
  const mayFallBack = /int|mod|expm1|symmetric|batches|scatterND|oneHot|range|linspace|norm|logicalXor/;
  await tf.setBackend('onnxruntime');
  for (const [name, operation, inputs] of covered) {
    if (mayFallBack.test(name)) continue;
    const before = JSON.stringify(backend.statistics().fallbacks);
    tf.dispose(operation(...inputs.map((d) => tf.tensor(d.values, d.shape, d.dtype))));
    assert.equal(JSON.stringify(backend.statistics().fallbacks), before, name);
  }
});
