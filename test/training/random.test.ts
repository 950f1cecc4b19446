import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/training/random.js';

test('a generator goes on from its state', () => {
  const random = Random.stream(42, 'a');
  random.fillDropout(new Float32Array(10), 10, 0.5);
  const { ...state } = random.state();
  const expected = [random.next(), random.uniform(), random.integer(10)];
  const again = Random.from(JSON.parse(JSON.stringify(Object.values(state))));
  assert.deepEqual([again.next(), again.uniform(), again.integer(10)], expected);
});

test('streams of different names and seeds differ; the numbers are the same everywhere', () => {
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(1, 'b').next());
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(2, 'a').next());
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(2 ** 32 + 1, 'a').next());
  const random = Random.stream(42, 'shuffle 0');
  assert.deepEqual([random.next(), random.next(), random.next()], [1625662844, 225296654, 964206467]);
});

test('fillDropout draws what next would draw', () => {
  const one = Random.stream(7, 'x');
  const other = Random.stream(7, 'x');
  const mask = new Float32Array(1000);
  one.fillDropout(mask, 1000, 0.1);
  for (const value of mask) {
    const dropped = (other.next() | 0) < Math.round(0.1 * 2 ** 32) - 2 ** 31;
    assert.equal(value, dropped ? 0 : Math.fround(1 / 0.9));
  }
  assert.deepEqual(one.state(), other.state());
});

test('the share of zeros is the probability', () => {
  for (const probability of [0, 0.1, 0.5, 1]) {
    const mask = new Float32Array(100_000);
    Random.stream(3, 'share').fillDropout(mask, mask.length, probability);
    const zeros = mask.reduce((sum, value) => sum + Number(value === 0), 0) / mask.length;
    assert.ok(Math.abs(zeros - probability) < 0.005, `${zeros} for ${probability}`);
  }
});

test('a permutation has each number once, a choice none twice', () => {
  const random = Random.stream(5, 'permutation');
  assert.deepEqual(
    [...random.permutation(100)].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  const chosen = random.choice(20, 7);
  assert.equal(new Set(chosen).size, 7);
  assert.ok(chosen.every((value) => value < 20));
});

test('normal numbers have the mean 0 and the spread asked for', () => {
  const values = new Float32Array(50_001);
  Random.stream(6, 'normal').fillNormal(values, 0.5);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  assert.ok(Math.abs(mean) < 0.01 && Math.abs(spread - 0.5) < 0.01);
});
