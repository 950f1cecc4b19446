import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classWarnings } from '../../../src/learning/data/split-classes.js';
import type { Features } from '../../../src/stage/artifact.js';
import { folderOf, tinyWav } from '../../support/audio-files.js';
import { loadIn } from '../../support/load.js';
import { MemoryObjects } from '../../support/memory-objects.js';
import { makeDataset } from '../../support/stage.js';

const classes = (...names: string[]): Features[string] => ({ _type: 'ClassLabel', names });

/** Warnings about a dataset of six rows, the first three of which are `train`. */
async function warningsOf(features: Features, columns: Record<string, number[]>, except?: string) {
  const objects = new MemoryObjects();
  const dataset = await makeDataset(features, columns, objects);
  const ranges = (start: number, end: number) => ({
    num_rows: 3,
    ranges: [[start, end]] as [number, number][],
  });
  const splits = { test: ranges(3, 6), train: ranges(0, 3) };
  return classWarnings({ ...dataset, splits }, objects, 'train', { except });
}

test('a single class is reported, whether by its names or by its rows', async () => {
  assert.match(
    String(await warningsOf({ label: classes('x') }, { label: [0, 0, 0, 0, 0, 0] })),
    /only one class, 'x'/,
  );
  assert.match(
    String(await warningsOf({ label: classes('x', 'y') }, { label: [1, 1, 1, 1, 1, 1] })),
    /all rows are of one class of 'label', 'y'/,
  );
});

test('classes that train and another split do not share are reported', async () => {
  const features = { label: classes('x', 'y', 'z') };
  assert.deepEqual(await warningsOf(features, { label: [0, 1, 1, 1, 2, 2] }), [
    "split 'test' has rows of class 'z', but split 'train' has none",
    "split 'train' has rows of class 'x', but split 'test' has none",
  ]);
  assert.deepEqual(await warningsOf(features, { label: [0, 1, 1, 1, 0, 0] }), []);
  assert.deepEqual(await warningsOf(features, { label: [0, 1, 1, 2, 2, 2] }, 'label'), []);
});

test('other columns of classes are not labels', async () => {
  const features = { label: classes('x', 'y'), lang: classes('en', 'de') };
  assert.deepEqual(await warningsOf(features, { label: [0, 1, 0, 1, 0, 1], lang: [0, 0, 0, 1, 1, 1] }), []);
  const two = { intent: classes('x', 'y'), lang: classes('en', 'de') };
  assert.deepEqual(await warningsOf(two, { intent: [0, 1, 0, 1, 0, 1], lang: [0, 0, 0, 1, 1, 1] }), []);
});

test('load reports splits that come with the data', async (t) => {
  const names = ['train/a/1.wav', 'train/b/2.wav', 'test/b/3.wav', 'test/c/4.wav'];
  const dir = folderOf(t, Object.fromEntries(names.map((name, i) => [name, tinyWav(i)])));
  assert.deepEqual((await loadIn(dir, { path: '.' })).warnings, [
    "split 'test' has rows of class 'c', but split 'train' has none",
    "split 'train' has rows of class 'a', but split 'test' has none",
  ]);
  assert.deepEqual((await loadIn(dir, { path: '.', split: 'test' })).warnings, []);
});
