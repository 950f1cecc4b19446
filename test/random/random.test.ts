import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/random/random.js';

test('a generator continues from its state', () => {
  const random = Random.stream(42, 'a');
  random.fillDropout(new Float32Array(10), 10, 0.5);
  const { ...state } = random.state();
  const expected = [random.next(), random.uniform(), random.integer(10)];
  const again = Random.from(JSON.parse(JSON.stringify(Object.values(state))));
  assert.deepEqual([again.next(), again.uniform(), again.integer(10)], expected);
});

test('streams of different names and seeds differ; the numbers are the same on every machine', () => {
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(1, 'b').next());
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(2, 'a').next());
  assert.notEqual(Random.stream(1, 'a').next(), Random.stream(2 ** 32 + 1, 'a').next());
  const random = Random.stream(42, 'shuffle 0');
  assert.deepEqual([random.next(), random.next(), random.next()], [1625662844, 225296654, 964206467]);
});

test('a dropout mask has the requested share of zeros, and what is kept is scaled', () => {
  for (const probability of [0, 0.01, 0.1, 0.5, 0.9, 1]) {
    const mask = new Float32Array(100_001);
    Random.stream(3, 'share').fillDropout(mask, 100_000, probability);
    const zeros = mask.subarray(0, 100_000).reduce((sum, value) => sum + Number(value === 0), 0) / 100_000;
    assert.ok(Math.abs(zeros - probability) < 0.005, `${zeros} for ${probability}`);
    const kept = probability === 1 ? [0] : [0, Math.fround(1 / (1 - probability))];
    assert.ok(mask.subarray(0, 100_000).every((value) => kept.includes(value)));
    assert.equal(mask[100_000], 0, 'beyond the size');
  }
});

test('positions of a dropout mask are independent: neighbours, and the first and the last one', () => {
  const random = Random.stream(4, 'independent');
  const mask = new Float32Array(8);
  const zeros = mask.map(() => 0);
  let pairs = 0;
  const rounds = 40_000;
  for (let round = 0; round < rounds; round += 1) {
    random.fillDropout(mask, 8, 0.3);
    mask.forEach((value, place) => {
      if (value === 0) zeros[place]! += 1;
    });
    if (mask[3] === 0 && mask[4] === 0) pairs += 1;
  }
  assert.ok(
    zeros.every((count) => Math.abs(count / rounds - 0.3) < 0.01),
    String(zeros),
  );
  assert.ok(Math.abs(pairs / rounds - 0.09) < 0.006, String(pairs));
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

test('normal numbers have mean 0 and the requested standard deviation', () => {
  const values = new Float32Array(50_001);
  Random.stream(6, 'normal').fillNormal(values, 0.5);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  assert.ok(Math.abs(mean) < 0.01 && Math.abs(spread - 0.5) < 0.01);
});
