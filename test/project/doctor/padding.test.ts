import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPadding } from '../../../src/project/doctor/padding.js';
import { factsOf } from '../../support/training-facts.js';

/** Mostly short clips, with a long one in each batch of 8. */
const seconds = Array.from({ length: 64 }, (_, row) => (row % 4 === 0 ? 10 : 1));
const heard = { stage: 'features', seconds, limit: Number.POSITIVE_INFINITY };

test('padding to the longest clip of each batch is a problem unless lengths are grouped', async () => {
  const batch = { per_device_train_batch_size: 8 };
  const random = checkPadding({ ...(await factsOf(batch)), heard });
  assert.equal(random.verdict, 'problem');
  assert.match(random.advice!, /group_by_length/);
  const grouped = await factsOf({ ...batch, train_sampling_strategy: 'group_by_length' });
  assert.equal(checkPadding({ ...grouped, heard }).verdict, 'fine');
  const cut = checkPadding({ ...(await factsOf(batch)), heard: { ...heard, limit: 1 } });
  assert.deepEqual([cut.verdict, cut.found.startsWith('0 %')], ['fine', true]);
});

test('padding to a fixed length is a problem where clips are short', async () => {
  const facts = await factsOf();
  const short = { ...heard, seconds: [1, 2], limit: 30, fixed: 30 };
  const whisper = checkPadding({ ...facts, heard: short });
  assert.match(whisper.found, /^95 % .*: every clip is padded to 30\.0 s/);
  assert.match(whisper.advice!, /clips of any length/);
  const unit = { perSecond: 16000, multiple: 1000, padsBatches: true };
  assert.match(
    checkPadding({ ...facts, heard: { ...short, unit } }).advice!,
    /Remove padding from 'features'/,
  );
  assert.equal(checkPadding({ ...facts, heard: { ...short, seconds: [20, 28] } }).verdict, 'fine');
});
