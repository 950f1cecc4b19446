import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import type { LoadParams } from '../../../../src/stage/params.js';
import { folderOf, tinyWav } from '../../../support/audio-files.js';
import { failureOf, loadIn } from '../../../support/load.js';

interface Case {
  title: string;
  path: string;
  files: Record<string, string | 0>;
  options: Partial<LoadParams>;
  features?: Record<string, unknown>;
  splits?: Record<string, Record<string, unknown>[]>;
  error?: string;
}

/** What load_dataset makes of small folders (test/fixtures/folders/make.py). */
const cases = JSON.parse(
  readFileSync(new URL('../../../fixtures/folders/folders.json', import.meta.url), 'utf8'),
) as Case[];

/** Where Etude differs on purpose. */
const refusedHere: Record<string, RegExp> = {
  // load_dataset pads it, but it may just as well be damage.
  'a row too short': /a different number of values/,
  // load_dataset makes it a column of JSON, which no stage here could use.
  'text and numbers in one column': /values of different types/,
};
const differentHere: Record<string, Pick<Case, 'features' | 'splits'>> = {
  // load_dataset makes each split a class of its own, and gives it only to the splits after the first.
  'files outside the split folders': {
    features: { audio: 'Audio' },
    splits: { train: [{ audio: 'train/1.wav' }], test: [{ audio: 'test/2.wav' }] },
  },
};

for (const one of cases) {
  const { title, path, files, options, error } = one;
  test(`${path}, ${title}: as load_dataset reads it`, async (t) => {
    const content = Object.entries(files).map(([name, text]) => [name, text === 0 ? tinyWav(0) : text]);
    const dir = folderOf(t, Object.fromEntries(content));
    const params: LoadParams =
      path === 'audiofolder'
        ? { path, ...options, data_dir: posix.join('.', options.data_dir ?? '') }
        : { path, ...options };
    if (error !== undefined || refusedHere[title] !== undefined) {
      assert.match(await failureOf(dir, params), refusedHere[title] ?? /./);
      return;
    }
    const { artifact, rows } = await loadIn(dir, params);
    const expected = { ...one, ...differentHere[title] };
    const features = Object.entries(artifact.features).map(([name, feature]) => [
      name,
      feature._type === 'Audio' ? 'Audio' : feature,
    ]);
    assert.deepEqual(
      features,
      Object.entries(JSON.parse(JSON.stringify(expected.features).replaceAll('large_string', 'string'))),
    );
    const base = options.data_dir ?? '.';
    const plain = (value: unknown) => {
      if (value === Number.POSITIVE_INFINITY) return { float: 'inf' };
      if (value === Number.NEGATIVE_INFINITY) return { float: '-inf' };
      const isAudio = value !== null && typeof value === 'object' && 'path' in value;
      return isAudio ? posix.join(base, (value as EncodedAudio).path!) : value;
    };
    const got = Object.entries(rows).map(([split, list]) => [
      split,
      list.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)]))),
    ]);
    assert.deepEqual(Object.fromEntries(got), expected.splits);
  });
}
