import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AdamW, clipScale, globalNorm } from '../../src/training/optimizer.js';
import { fixtures, maxDifference } from '../model/reference.js';

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
const gradientsOf = (step: Fixture['steps'][number]) =>
  Object.fromEntries(
    names.flatMap((name, index) =>
      step.gradients[index] ? [[name, Float32Array.from(step.gradients[index])]] : [],
    ),
  );

test("AdamW takes PyTorch's steps; a bias does not decay, a parameter without gradient stays", () => {
  const weights = start();
  const optimizer = new AdamW(weights, options);
  for (const step of fixture.steps) {
    optimizer.step(gradientsOf(step), 0.02);
    names.forEach((name, index) => {
      assert.ok(maxDifference(weights[name]!.data, step.weights[index]!) < 1e-6, name);
    });
  }
});

test('a state that is taken up goes on as if nothing had been', () => {
  const weights = start();
  const first = new AdamW(weights, options);
  for (const step of fixture.steps.slice(0, 3)) first.step(gradientsOf(step), 0.02);
  const { tensors, steps } = first.state();
  const second = new AdamW(weights, options);
  second.restore((name) => tensors[name]!, steps);
  for (const step of fixture.steps.slice(3)) second.step(gradientsOf(step), 0.02);
  assert.ok(maxDifference(weights[names[0]!]!.data, fixture.steps.at(-1)!.weights[0]!) < 1e-6);
});

for (const name of ['encoder.layer_norm.weight', 'layers.0.conv.bias', 'norm.weight', 'a.LayerNorm.g']) {
  test(`${name} is spared weight decay`, () => {
    const weights = { [name]: { shape: [1], data: Float32Array.of(1) } };
    new AdamW(weights, options).step({ [name]: Float32Array.of(0) }, 0.5);
    assert.equal(weights[name]!.data[0], 1);
  });
}
for (const name of ['conv.parametrizations.weight.original0', 'masked_spec_embed', 'normal.weight']) {
  test(`${name} decays`, () => {
    const weights = { [name]: { shape: [1], data: Float32Array.of(1) } };
    new AdamW(weights, options).step({ [name]: Float32Array.of(0) }, 0.5);
    assert.equal(weights[name]!.data[0], Math.fround(0.95));
  });
}

test('gradients are clipped by their norm together', () => {
  const norm = globalNorm({ a: Float32Array.of(3), b: Float32Array.of(0, 4) });
  assert.equal(norm, 5);
  assert.equal(clipScale(norm, 1), 1 / (5 + 1e-6));
  assert.equal(clipScale(norm, 6), 1);
  assert.equal(clipScale(norm, 0), 1);
});
