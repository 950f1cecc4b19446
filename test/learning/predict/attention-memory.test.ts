import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TooLong } from '../../../src/learning/audio/decode/length-limit.js';
import { frameCount } from '../../../src/learning/model/config.js';
import { checkAttentionMemory } from '../../../src/learning/predict/attention-memory.js';
import { reference } from '../../support/reference-model.js';

test('a clip whose attention does not fit in memory is refused, with what would help', async () => {
  const { config } = (await reference('group-norm')).model;
  const samples = 16000;
  checkAttentionMemory(config, samples);
  // Before and after the softmax, four bytes each.
  const bytes = 2 * 4 * config.num_attention_heads * frameCount(config, samples) ** 2;
  checkAttentionMemory(config, samples, bytes);
  assert.throws(() => checkAttentionMemory(config, samples, bytes - 1), {
    message: 'the clip is too long for the memory of this machine',
    hint: 'Classify it in windows: --window-length.',
  });
  assert.throws(() => checkAttentionMemory(config, 2 * samples, 3.9 * bytes), TooLong);
});
