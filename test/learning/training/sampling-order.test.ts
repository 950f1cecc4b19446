import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { groupByLength, samplingOrder } from '../../../src/learning/training/sampling-order.js';
import { defaults, noise } from '../../support/training-setting.js';

interface Case {
  lengths: number[];
  clips: number;
  order: number[];
  grouped: number[];
}

const path = fileURLToPath(new URL('../../fixtures/training/orders.json', import.meta.url));
const cases: Case[] = JSON.parse(readFileSync(path, 'utf8'));
const examples = noise(40, (row) => 100 + ((row * 7) % 13));

describe('the order of clips', () => {
  for (const { lengths, clips, order, grouped } of cases) {
    it(`${lengths.length} clips, grouped by length for updates of ${clips}, as transformers groups them`, () => {
      assert.deepEqual([...groupByLength(Uint32Array.from(order), lengths, clips)], grouped);
    });
  }

  it('is another permutation in each epoch, and the same for the same seed; data_seed takes precedence over seed', () => {
    const one = samplingOrder(examples, 0, defaults);
    const rows = [...one].sort((a, b) => a - b);
    assert.deepEqual(
      rows,
      Array.from({ length: 40 }, (_, row) => row),
    );
    assert.deepEqual(samplingOrder(examples, 0, { ...defaults }), one);
    assert.notDeepEqual(samplingOrder(examples, 1, defaults), one);
    const other = samplingOrder(examples, 0, { ...defaults, seed: 1 });
    assert.notDeepEqual(other, one);
    assert.deepEqual(samplingOrder(examples, 0, { ...defaults, data_seed: 1 }), other);
  });

  it('is the order of the rows, if sequential', () => {
    const args = { ...defaults, train_sampling_strategy: 'sequential' } as const;
    assert.deepEqual([...samplingOrder(examples, 3, args).subarray(0, 4)], [0, 1, 2, 3]);
  });

  it('draws each class equally often with replacement, if balanced, as the seed says', () => {
    const args = { ...defaults, train_sampling_strategy: 'balanced' } as const;
    const uneven = {
      ...noise(100, () => 100),
      labels: Array.from({ length: 100 }, (_, row) => (row < 90 ? 0 : 3)),
    };
    const order = samplingOrder(uneven, 0, args);
    assert.equal(order.length, 100);
    assert.deepEqual(samplingOrder(uneven, 0, { ...args, data_seed: defaults.seed, seed: 1 }), order);
    assert.notDeepEqual(samplingOrder(uneven, 1, args), order);
    const drawn = new Array<number>(100).fill(0);
    for (let epoch = 0; epoch < 200; epoch += 1)
      for (const row of samplingOrder(uneven, epoch, args)) drawn[row]! += 1;
    const rare = drawn.slice(90);
    // 1000 of each rare row, 111 of each frequent one, on average; the deviations are 31 and 11.
    assert.ok(
      rare.every((times) => Math.abs(times - 1000) < 130),
      String(rare),
    );
    assert.ok(
      drawn.slice(0, 90).every((times) => Math.abs(times - 111) < 50),
      String(drawn),
    );
  });

  it('puts clips of similar length into a batch, if grouped, and all of them into an epoch', () => {
    const args = {
      ...defaults,
      per_device_train_batch_size: 4,
      train_sampling_strategy: 'group_by_length',
    } as const;
    const many = noise(200, (row) => 100 + ((row * 7) % 13));
    const order = samplingOrder(many, 0, args);
    assert.equal(new Set(order).size, 200);
    const spread = (rows: Uint32Array) => {
      const lengths = [...rows].map((row) => many.lengths[row]!);
      return Math.max(...lengths) - Math.min(...lengths);
    };
    const total = (rows: Uint32Array) =>
      Array.from({ length: 50 }, (_, batch) => spread(rows.subarray(4 * batch, 4 * batch + 4))).reduce(
        (sum, one) => sum + one,
      );
    assert.ok(total(order) < total(samplingOrder(many, 0, defaults)) / 2);
  });

  it('every clip comes first equally often, and every pair in either order', () => {
    const few = noise(5, () => 100);
    const first = new Array<number>(5).fill(0);
    let before = 0;
    for (let epoch = 0; epoch < 4000; epoch += 1) {
      const order = samplingOrder(few, epoch, defaults);
      first[order[0]!]! += 1;
      if (order.indexOf(1) < order.indexOf(4)) before += 1;
    }
    assert.ok(
      first.every((count) => Math.abs(count - 800) < 130),
      String(first),
    );
    assert.ok(Math.abs(before - 2000) < 160, String(before));
  });
});
