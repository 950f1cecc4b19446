import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AdamW, clipScale } from '../../../src/learning/training/optimizer.js';
import { allocateSlots } from '../../../src/learning/training/optimizer-memory.js';
import { fixtures, maxDifference } from '../../support/reference-model.js';

interface Fixture {
  initial: number[][];
  steps: { gradients: (number[] | null)[]; weights: number[][] }[];
}

const fixture: Fixture = JSON.parse(readFileSync(join(fixtures, 'adamw.json'), 'utf8'));
const names = ['dense.weight', 'dense.bias'];
const options = { adam_beta1: 0.8, adam_beta2: 0.95, adam_epsilon: 1e-6, weight_decay: 0.1 };
const start = () =>
  Object.fromEntries(
    names.map((name, index) => [
      name,
      { shape: [fixture.initial[index]!.length], data: Float32Array.from(fixture.initial[index]!) },
    ]),
  );
/** Takes a step of the fixture; parameters without a gradient are left out. */
function take(optimizer: AdamW, step: Fixture['steps'][number]): void {
  const named = names.filter((name, index) => {
    const gradient = step.gradients[index];
    if (gradient) optimizer.gradients[name]!.set(gradient);
    return gradient;
  });
  optimizer.step(0.02, 1, named);
}

test("AdamW takes PyTorch's steps; a bias does not decay, a parameter without a gradient does not change", () => {
  const weights = start();
  const optimizer = new AdamW(weights, options);
  for (const step of fixture.steps) {
    take(optimizer, step);
    names.forEach((name, index) => {
      assert.ok(maxDifference(weights[name]!.data, step.weights[index]!) < 1e-6, name);
    });
  }
});

test('a restored state continues as if nothing had happened', () => {
  const weights = start();
  const first = new AdamW(weights, options);
  for (const step of fixture.steps.slice(0, 3)) take(first, step);
  const { tensors, steps } = first.state();
  const second = new AdamW(weights, options);
  second.restore((name) => tensors[name]!, steps);
  for (const step of fixture.steps.slice(3)) take(second, step);
  assert.ok(maxDifference(weights[names[0]!]!.data, fixture.steps.at(-1)!.weights[0]!) < 1e-6);
});

for (const name of ['encoder.layer_norm.weight', 'layers.0.conv.bias', 'norm.weight', 'a.LayerNorm.g']) {
  test(`${name} is exempt from weight decay`, () => {
    const weights = { [name]: { shape: [1], data: Float32Array.of(1) } };
    new AdamW(weights, options).step(0.5);
    assert.equal(weights[name]!.data[0], 1);
  });
}
for (const name of ['conv.parametrizations.weight.original0', 'masked_spec_embed', 'normal.weight']) {
  test(`${name} decays`, () => {
    const weights = { [name]: { shape: [1], data: Float32Array.of(1) } };
    new AdamW(weights, options).step(0.5);
    assert.equal(weights[name]!.data[0], Math.fround(0.95));
  });
}

test('gradients are clipped by their joint norm', () => {
  const weights = {
    a: { shape: [1], data: Float32Array.of(1) },
    b: { shape: [5], data: new Float32Array(5) },
  };
  const optimizer = new AdamW(weights, options);
  optimizer.gradients.a!.set([3]);
  optimizer.gradients.b!.set([0, 0, 0, 0, 4]);
  const norm = optimizer.norm();
  assert.equal(norm, 5);
  assert.equal(optimizer.norm(['b']), 4);
  assert.equal(clipScale(norm, 1), 1 / (5 + 1e-6));
  assert.equal(clipScale(norm, 6), 1);
  assert.equal(clipScale(norm, 0), 1);
});

test('gradients whose squares are too large for float32 are clipped, too', () => {
  const weights = { a: { shape: [20], data: new Float32Array(20) } };
  const optimizer = new AdamW(weights, options);
  const largest = Math.fround(3e38);
  optimizer.gradients.a!.set([largest, -largest, 1], 15);
  assert.equal(optimizer.norm(), Math.sqrt(2 * largest ** 2 + 1));
  optimizer.gradients.a!.set([Number.NEGATIVE_INFINITY], 3);
  assert.equal(optimizer.norm(), Number.POSITIVE_INFINITY);
  optimizer.gradients.a!.set([Number.NaN], 4);
  assert.equal(optimizer.norm(), Number.NaN);
});

test('parameters that do not fit into one WebAssembly memory get several, and take the same steps', () => {
  const most = 2 ** 26;
  const lengths = { a: most, b: 3, c: 5 };
  const slots = allocateSlots(lengths);
  assert.deepEqual(
    Object.values(slots).map(({ weight }) => weight.length),
    Object.values(lengths),
  );
  assert.ok(slots.a!.weight.buffer !== slots.c!.weight.buffer);
  slots.c!.gradient.fill(2);
  assert.equal(slots.c!.sumOfSquares(), 20);
  assert.equal(slots.b!.sumOfSquares(), 0);
});

test('a parameter that fits into no memory is refused', () => {
  assert.throws(() => allocateSlots({ huge: 2 ** 28 + 1 }), /too large to train/);
});
