import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import { maskSpans as fillSpans, specAugment } from '../../../src/learning/model/spec-augment.js';
import { Random } from '../../../src/random/random.js';

const draw = () => Random.stream(1, 'test');

/** A new mask. */
function maskSpans(
  ...[lengths, length, options, random]: Parameters<typeof fillSpans> extends [
    ...infer Rest,
    Float32Array,
    width?: number,
  ]
    ? Rest
    : never
): Float32Array {
  const mask = new Float32Array(lengths.length * length).fill(0.5);
  fillSpans(lengths, length, options, random, mask);
  return mask;
}

/** Masked positions per row. */
function counts(mask: Float32Array, length: number): number[] {
  return Array.from({ length: mask.length / length }, (_, row) =>
    mask.subarray(row * length, (row + 1) * length).reduce((sum, value) => sum + value, 0),
  );
}

test('49 frames, probability 0.05, spans of 10: two spans per clip, which may overlap', () => {
  const random = draw();
  const masked = Array.from({ length: 200 }, () =>
    counts(maskSpans([49, 49], 49, { probability: 0.05, span: 10, minimum: 2 }, random), 49),
  ).flat();
  assert.ok(masked.every((count) => count > 10 && count <= 20));
  assert.ok(masked.includes(20) && masked.some((count) => count < 20));
});

test('the number of spans is rounded randomly, the same way for the entire batch', () => {
  const random = draw();
  const options = { probability: 0.075, span: 1, minimum: 0 };
  const batches = Array.from({ length: 400 }, () => counts(maskSpans([10, 10], 10, options, random), 10));
  assert.ok(batches.every(([one, other]) => one === other && one! <= 1));
  const share = batches.filter(([one]) => one === 1).length / 400;
  assert.ok(Math.abs(share - 0.75) < 0.08, String(share));
});

test('padded frames are not masked, except for the last one of a clip that has no room for a span', () => {
  const mask = maskSpans([20, 3], 30, { probability: 0.5, span: 5, minimum: 1 }, draw());
  assert.ok(mask.subarray(20, 30).every((value) => value === 0));
  assert.deepEqual(counts(mask, 30)[1], 1);
  assert.equal(mask[59], 1);
});

test('an axis shorter than a span is refused', () => {
  assert.throws(
    () => maskSpans([9], 9, { probability: 0.05, span: 10, minimum: 2 }, draw()),
    /too short for SpecAugment/,
  );
});

test('masked frames become the learned embedding, masked features 0', async () => {
  await openEngine('cpu');
  const config = parseConfig({
    model_type: 'wav2vec2',
    hidden_size: 16,
    num_attention_heads: 2,
    mask_time_prob: 0.3,
    mask_time_length: 2,
    mask_feature_prob: 0.3,
    mask_feature_length: 2,
    mask_feature_min_masks: 1,
  });
  const embedding = tf.fill([16], 7);
  const x = tf.ones([2, 20, 16]) as tf.Tensor3D;
  const values = (await specAugment(
    x,
    { 'wav2vec2.masked_spec_embed': embedding },
    config,
    [20, 20],
    new RandomDraws(draw()),
  ).array()) as number[][][];
  for (const clip of values) {
    const dropped = clip[0]!.map((_, feature) => clip.every((frame) => frame[feature] === 0));
    assert.ok(dropped.includes(true) && dropped.includes(false));
    const frames = clip.map((frame) => [...new Set(frame.filter((_, feature) => !dropped[feature]))]);
    assert.ok(frames.every((kinds) => kinds.length === 1 && [1, 7].includes(kinds[0]!)));
    assert.ok(frames.some(([kind]) => kind === 7) && frames.some(([kind]) => kind === 1));
  }
});
