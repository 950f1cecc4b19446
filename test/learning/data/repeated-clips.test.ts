import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOf, tinyWav } from '../../support/audio-files.js';
import { loadIn } from '../../support/load.js';

test('a dataset with the same clip in two of its splits is loaded with a warning', async (t) => {
  const dir = folderOf(t, {
    'train/a.wav': tinyWav(1),
    'train/b.wav': tinyWav(2),
    'validation/c.wav': tinyWav(2),
    'validation/d.wav': tinyWav(3),
    'test/e.wav': tinyWav(1),
    'test/f.wav': tinyWav(3),
  });
  const { warnings } = await loadIn(dir, { path: '.', drop_labels: true });
  assert.deepEqual(warnings, [
    "a clip of 'validation' is also in 'train': row 0 of validation (validation/c.wav) is row 1 of train (train/b.wav)",
    "a clip of 'test' is also in 'train': row 0 of test (test/e.wav) is row 0 of train (train/a.wav)",
    "a clip of 'test' is also in 'validation': row 1 of test (test/f.wav) is row 1 of validation (validation/d.wav)",
  ]);
  assert.deepEqual((await loadIn(dir, { path: '.', drop_labels: true, split: 'train' })).warnings, []);
});
