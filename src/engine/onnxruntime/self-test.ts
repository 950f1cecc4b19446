import { Graph } from './graph.js';
import { makePlan } from './graph-plan.js';
import { inputName, nodeName, writeModel } from './model.js';
import type { Native } from './native-binding.js';
import * as reference from './self-test-reference.js';
import { float, type Value } from './value.js';

/** A small graph with known results. */
interface Case {
  readonly name: string;
  record(g: Graph): Value;
  readonly expected: ArrayLike<number>;
}

/**
 * How far a result may deviate, relative to the largest one: enough for the TensorFloat-32 products of
 * NVIDIA's GPUs, but not for anything that loses small numbers.
 */
const TOLERANCE = 2e-3;

const numbers = (size: number, seed: number, scale = 1) =>
  Float32Array.from({ length: size }, (_, i) => scale * ((((i + seed) * 7919) % 1009) / 504 - 1));

/**
 * The operators that take most of a training's time, at sizes for which GPUs use other kernels than for tiny
 * ones; results are compared with plain loops in double precision.
 */
const cases: Case[] = [
  matMul('MatMul', 1),
  // As small as gradients, which half precision turns into zeros.
  matMul('MatMul of small numbers', 2e-5),
  {
    name: 'FusedMatMul',
    record: (g) =>
      g.node(
        'ms.FusedMatMul',
        [
          g.input(numbers(64 * 36, 5), [64, 36], 'float32'),
          g.input(numbers(48 * 64, 9), [48, 64], 'float32'),
        ],
        [36, 48],
        'float32',
        { transA: 1, transB: 1, alpha: float(0.5) },
      ),
    expected: reference.matMul(
      reference.transpose(numbers(64 * 36, 5), 64, 36),
      reference.transpose(numbers(48 * 64, 9, 0.5), 48, 64),
      36,
      64,
      48,
    ),
  },
  {
    name: 'LayerNormalization',
    record: (g) =>
      g.node(
        'LayerNormalization',
        [
          g.input(numbers(20 * 96, 2), [20, 96], 'float32'),
          g.input(numbers(96, 3), [96], 'float32'),
          g.input(numbers(96, 4), [96], 'float32'),
        ],
        [20, 96],
        'float32',
        { axis: -1, epsilon: float(1e-5) },
      ),
    expected: reference.layerNorm(numbers(20 * 96, 2), numbers(96, 3), numbers(96, 4), 1e-5),
  },
  {
    name: 'Gelu',
    record: (g) =>
      g.unary('Gelu', g.input(numbers(1000, 6, 5), [10, 100], 'float32'), 'float32', { approximate: 'none' }),
    expected: reference.gelu(numbers(1000, 6, 5)),
  },
  {
    name: 'Softmax',
    record: (g) =>
      g.unary('Softmax', g.input(numbers(12 * 50, 8, 100), [12, 50], 'float32'), 'float32', { axis: -1 }),
    expected: reference.softmax(numbers(12 * 50, 8, 100), 50),
  },
  {
    name: 'Conv',
    record: (g) =>
      g.node(
        'Conv',
        [
          g.input(numbers(2 * 16 * 60, 7), [2, 16, 60], 'float32'),
          g.input(numbers(24 * 4 * 5, 1), [24, 4, 5], 'float32'),
        ],
        [2, 24, 28],
        'float32',
        { group: 4, strides: [2] },
      ),
    expected: reference.conv1d(numbers(2 * 16 * 60, 7), numbers(24 * 4 * 5, 1), {
      batch: 2,
      inputs: 16,
      time: 60,
      outputs: 24,
      size: 5,
      groups: 4,
      stride: 2,
    }),
  },
];

function matMul(name: string, scale: number): Case {
  const a = numbers(2 * 33 * 64, 1, scale);
  const b = numbers(64 * 40, 2, scale);
  return {
    name,
    record: (g) =>
      g.node(
        'MatMul',
        [g.input(a, [2, 33, 64], 'float32'), g.input(b, [64, 40], 'float32')],
        [2, 33, 40],
        'float32',
      ),
    expected: reference.matMul(a, b, 66, 64, 40),
  };
}

/** The operators that the self-test tries, by name. */
export const testedOperators: readonly string[] = cases.map(({ name }) => name);

/**
 * Runs the case of one operator. Returns what is wrong with its result, or undefined; throws what the native
 * code throws.
 */
export function testOperator(native: Native, name: string): string | undefined {
  const { record, expected } = cases.find((each) => each.name === name)!;
  const results = runGraph(native, record);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(results[i]! - expected[i]!);
    // NaN is the worst of all.
    if (!(difference <= worst)) worst = difference;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  if (worst <= TOLERANCE * largest) return undefined;
  return `${name} is off by up to ${worst.toPrecision(2)} where results go up to ${largest.toPrecision(2)}`;
}

/** The milliseconds for a chain of `count` products of square matrices, after a warm-up run. */
export function timeProducts(native: Native, size: number, count: number): number {
  const product = (g: Graph) => {
    const w = g.input(numbers(size * size, 1, 1 / Math.sqrt(size)), [size, size], 'float32');
    let x = g.input(numbers(size * size, 2), [size, size], 'float32');
    for (let i = 0; i < count; i++) x = g.node('MatMul', [x, w], [size, size], 'float32');
    return x;
  };
  let time = 0;
  runGraph(native, product, (run) => {
    run();
    const start = performance.now();
    run();
    time = performance.now() - start;
  });
  return time;
}

function runGraph(
  native: Native,
  record: (g: Graph) => Value,
  run: (once: () => void) => void = (once) => once(),
): Float32Array {
  const g = new Graph();
  const output = record(g);
  const plan = makePlan(g.nodes, [output]);
  const session = native.open(writeModel(plan), {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  try {
    const feeds = Object.fromEntries(
      plan.inputs.map(({ data, shape }, place) => [
        inputName(place),
        native.tensor('float32', data as Float32Array, shape),
      ]),
    );
    const name = nodeName(output.index);
    let result: Float32Array | undefined;
    run(() => {
      result = session.run(feeds, { [name]: null })[name]!.data as Float32Array;
    });
    return result!;
  } finally {
    session.dispose();
  }
}
