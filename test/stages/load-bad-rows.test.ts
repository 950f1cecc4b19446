import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkArtifact } from '../../src/stage/artifact-shape.js';
import type { LoadParams } from '../../src/stage/params.js';
import load from '../../stages/load.js';
import { addFiles, folderOf, tinyWav } from '../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../support/load.js';
import { outlineOf, placeAt } from '../support/stage.js';

const json = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Two good rows, and four that are bad in different ways, in every format that names audio. */
const TABLES: Record<string, { files: Record<string, string>; params: LoadParams; lines: string[] }> = {
  metadata: {
    files: {
      'd/metadata.csv':
        'file_name,label\nok.wav,a\ngone.wav,a\nok.wav,\nok.wav,NA\nhttps://x/y.wav,b\n2.wav,b\n',
    },
    params: { path: 'd' },
    lines: [
      'd/metadata.csv:3 row 1: an audio file is missing',
      "d/metadata.csv:4 row 2: no label in column 'label'",
      "d/metadata.csv:5 row 3: no label in column 'label'",
      'd/metadata.csv:6 row 4: an audio file is given as a URL',
    ],
  },
  csv: {
    files: { 'd/t.csv': 'audio,label\nok.wav,a\ngone.wav,a\nok.wav,\nok.wav,NA\n,b\n2.wav,b\n' },
    params: { path: 'd/t.csv' },
    lines: [
      'd/t.csv:3 row 1: an audio file is missing',
      "d/t.csv:4 row 2: no label in column 'label'",
      "d/t.csv:5 row 3: no label in column 'label'",
      "d/t.csv:6 row 4: no audio file in column 'audio'",
    ],
  },
  jsonl: {
    files: {
      'd/t.jsonl': json(
        { audio: 'ok.wav', label: 'a' },
        { audio: 'gone.wav', label: 'a' },
        { audio: 'ok.wav', label: null },
        { audio: 'ok.wav' },
        { audio: 7, label: 'b' },
        { audio: '2.wav', label: 'b' },
      ),
    },
    params: { path: 'd/t.jsonl' },
    lines: [
      'd/t.jsonl:2 row 1: an audio file is missing',
      "d/t.jsonl:3 row 2: no label in column 'label'",
      "d/t.jsonl:4 row 3: no label in column 'label'",
      "d/t.jsonl:5 row 4: no audio file in column 'audio'",
    ],
  },
};

for (const [format, { files, params, lines }] of Object.entries(TABLES)) {
  test(`${format}: all bad rows are named at once before anything is read, or skipped and counted`, async (t) => {
    const dir = folderOf(t, { ...files, 'd/ok.wav': tinyWav(0), 'd/2.wav': tinyWav(1) });
    await assert.rejects(load.sources!(params, placeAt(dir)), /4 of 6 clips cannot be used/);
    const shown = (await failureOf(dir, params)).split('\n');
    assert.equal(shown[0], '4 of 6 clips cannot be used:');
    assert.deepEqual(
      shown.slice(1, 5).map((line) => line.replace(/ \(.*/, '')),
      lines.map((line) => `  ${line}`),
    );
    assert.match(shown.join('\n'), /set on_error: skip to go on without them/);

    const skipping: LoadParams = { ...params, on_error: 'skip' };
    const { outline } = await outlineOf(load, skipping, undefined, placeAt(dir));
    assert.deepEqual(outline?.kind === 'dataset' && outline.splits, { train: 2 });
    const loaded = await loadIn(dir, skipping);
    assert.deepEqual(columnOf(loaded, 'label'), [0, 1]);
    assert.equal(loaded.summary, '2 clips, 4 skipped');
    checkArtifact(loaded.artifact, 'dataset');
    const { skipped } = loaded.artifact;
    assert.equal(skipped?.rows, 4);
    assert.deepEqual(
      skipped.first.map(({ split, row, file }) => [split, row, file]),
      lines.map((line, i) => ['train', i + 1, line.replace(/^d\//, '').split(' ')[0]]),
    );
    assert.equal(loaded.warnings.filter((text) => text.startsWith('skipped train row')).length, 4);
    // The folder's location is not part of the result.
    const moved = folderOf(t, {});
    addFiles(
      moved,
      Object.fromEntries(
        Object.entries({ ...files, 'd/ok.wav': tinyWav(0), 'd/2.wav': tinyWav(1) }).map(([name, bytes]) => [
          name.replace(/^d/, 'other'),
          bytes,
        ]),
      ),
    );
    const again = await loadIn(moved, { ...skipping, path: params.path.replace(/^d/, 'other') });
    assert.deepEqual(again.artifact, loaded.artifact);
  });
}

test('every mistake of a row is named, up to five, in every format; if skipped, all are its reason', async (t) => {
  const dir = folderOf(t, {
    'm/metadata.csv': 'file_name,label\nok.wav,a\ngone.wav,NA\n',
    'm/ok.wav': tinyWav(0),
    'c.csv': 'audio,label\nm/ok.wav,a\ngone.wav,NA\n',
    'j.jsonl': json({ audio: 'm/ok.wav', label: 'a' }, { audio: 'gone.wav' }),
    // No row has all of its audio columns, and the first one has a column that only the second one shows to
    // be audio.
    'late.jsonl': json({ label: 'a' }, { audio: 'm/ok.wav' }),
    'many/metadata.jsonl': json(
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}_file_name`, '../m/gone.wav'])),
    ),
  });
  for (const path of ['m', 'c.csv', 'j.jsonl']) {
    const text = await failureOf(dir, { path });
    assert.match(
      text,
      /:[23] row 1: an audio file is missing \(.*'gone.wav'\); no label in column 'label' \(/,
    );
    const { artifact } = await loadIn(dir, { path, on_error: 'skip' });
    assert.match(artifact.skipped?.first[0]?.reason ?? '', /^an audio file is missing \(.*; no label/);
  }
  const late = await failureOf(dir, { path: 'late.jsonl' });
  assert.match(late, /late\.jsonl:1 row 0: no audio file in column 'audio' \(.*got nothing\)\n/);
  assert.match(late, /late\.jsonl:2 row 1: no label/);
  assert.match(await failureOf(dir, { path: 'many' }), /^many.*row 0: (the path[^;]*; ){5}and 3 more\n/);
});

test('lines that show that the file is of another kind are named with all bad rows, and never skipped', async (t) => {
  const dir = folderOf(t, {
    'c.csv': 'audio,label\ngone.wav,a\nok.wav,a,3\nok.wav,\nok.wav\nok.wav,a\n',
    'j.jsonl': '{"audio":"ok.wav","x":1}\n{"audio":"gone.wav","x":"s"}\n{"audio"\n[1]\n',
    'other.jsonl': '[\n{\n',
    'ok.wav': tinyWav(0),
  });
  for (const on_error of ['fail', 'skip'] as const) {
    const places = (text: string) =>
      [...text.matchAll(/^ {2}\S+:(\d+) row/gm)].map(([, line]) => Number(line));
    const csv = await failureOf(dir, { path: 'c.csv', on_error });
    assert.match(csv, /^4 of 5 rows cannot be used:/);
    assert.deepEqual(places(csv), [2, 3, 4, 5]);
    assert.doesNotMatch(csv, /on_error/);
    const lines = await failureOf(dir, { path: 'j.jsonl', on_error });
    assert.deepEqual(places(lines), [2, 3, 4]);
    assert.match(
      lines,
      /:2 row 1: an audio file is missing \(.*\); column 'x' holds values of different types/,
    );
    const other = await failureOf(dir, { path: 'other.jsonl', on_error });
    assert.match(other, /^2 of 2 rows cannot be used:/);
    assert.deepEqual(places(other), [1, 2]);
  }
});

test('a file without a single well-formed line shows its first mistakes and counts the others', async (t) => {
  const dir = folderOf(t, {
    'd/a.csv': `audio,label\n${'1,2,3\n'.repeat(60)}`,
    'd/b.csv': 'audio,label\nok.wav,a\nok.wav\n',
    'd/ok.wav': tinyWav(0),
    'huge.jsonl': '[\n'.repeat(5000),
  });
  const csv = await failureOf(dir, { path: 'd' });
  assert.match(csv, /^61 of 62 rows cannot be used:\n {2}d\/a\.csv:2 row 0: a row has a different number/);
  assert.equal(csv.match(/a different number of values/g)?.length, 50);
  assert.match(csv, /\n {2}and 11 more\n/);
  assert.doesNotMatch(csv, /were read/);
  const huge = await failureOf(dir, { path: 'huge.jsonl' });
  assert.match(huge, /^1000 of 1000 rows cannot be used:/);
  assert.match(
    huge,
    /Only the first 1000 lines were read, as all of them are malformed\.\n {2}Fix or remove/,
  );
});

test('bad rows outside the split that is read do not count, and rows keep their numbers in it', async (t) => {
  const dir = folderOf(t, {
    'd/train.csv': 'audio,label\nok.wav,a\ngone.wav,b\nok.wav,b\nlost.wav,b\n',
    'd/test.csv': 'audio,label\nok.wav,\n',
    'd/ok.wav': tinyWav(0),
  });
  assert.match(await failureOf(dir, { path: 'd' }), /^3 of 5 clips/);
  assert.match(await failureOf(dir, { path: 'd', split: 'train' }), /^2 of 4 clips/);
  assert.match(
    await failureOf(dir, { path: 'd', split: 'train[:2]' }),
    /^d\/train\.csv:3 row 1: an audio file/,
  );
  assert.equal((await loadIn(dir, { path: 'd', split: 'train[2:3]' })).rows['train[2:3]']?.length ?? 1, 1);
  const skipped = (await loadIn(dir, { path: 'd', split: 'train[1:]', on_error: 'skip' })).artifact.skipped;
  assert.deepEqual(
    skipped?.first.map(({ row }) => row),
    [0, 2],
  );
  assert.match(
    await failureOf(dir, { path: 'd', split: 'test', on_error: 'skip' }),
    /^d\/test\.csv:2 row 0: no label/,
    'nothing is left',
  );
});

test('fifty bad rows are named and the others counted; a missing file that comes back changes the sources', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => `gone-${i}.wav,a\n`).join('');
  const dir = folderOf(t, { 'd/metadata.csv': `file_name,label\nok.wav,b\n${rows}`, 'd/ok.wav': tinyWav(0) });
  const text = await failureOf(dir, { path: 'd' });
  assert.match(text, /^60 of 61 clips cannot be used:/);
  assert.equal(text.match(/an audio file is missing/g)?.length, 50);
  assert.match(text, /\n {2}and 10 more\n/);
  const before = await loadIn(dir, { path: 'd', on_error: 'skip' });
  addFiles(dir, { 'd/gone-7.wav': tinyWav(7) });
  const after = await loadIn(dir, { path: 'd', on_error: 'skip' });
  assert.deepEqual(after.sources.path, [...before.sources.path!, 'gone-7.wav']);
  assert.equal(after.artifact.skipped?.rows, 59);
});

test('a path that points outside is still a problem of the recipe, known at check', async (t) => {
  const dir = folderOf(t, {
    'd/metadata.csv': 'file_name\nok.wav\n../out.wav\ngone.wav\n',
    'd/ok.wav': tinyWav(0),
    'out.wav': tinyWav(1),
  });
  const { problems } = await outlineOf(load, { path: 'd' }, undefined, placeAt(dir));
  assert.equal(problems.length, 1);
  assert.match(
    problems[0]!.message,
    /^2 of 3 clips cannot be used:\n.*row 1: .*points outside.*\n.*row 2: .*missing/,
  );
});
