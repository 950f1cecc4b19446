import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { FilterParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import filter from '../../stages/filter.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';
import { tone } from '../support/tone-project.js';

const { filter: fixture } = JSON.parse(
  readFileSync(new URL('../fixtures/rows/rows.json', import.meta.url), 'utf8'),
);
const value = (dtype: 'string' | 'int64' | 'float64' | 'bool' | 'binary') =>
  ({ _type: 'Value', dtype }) as const;
const defaults = { audio_column_name: 'audio', on_error: 'fail' as const };

interface Stores {
  objects?: MemoryObjects;
  chunks?: MemoryChunkResults;
}

async function run(
  dataset: DatasetArtifact,
  params: Partial<FilterParams>,
  { objects = new MemoryObjects(), chunks = new MemoryChunkResults() }: Stores,
) {
  const warnings: string[] = [];
  const log = (_level: string, text: string) => void warnings.push(text);
  const context = contextOf({ ...defaults, ...params }, { inputs: { dataset }, objects, chunks, log });
  const result = await filter.run(context);
  const artifact = result.artifact as DatasetArtifact;
  assert.equal(artifact.chunks, dataset.chunks, 'no data is copied');
  const reader = openDataset(artifact, objects);
  const rows = (split = 'train') => reader.column(split, 'row');
  return { ...result, artifact, rows, warnings };
}

const features: Features = { row: value('int64'), speaker: value('string'), score: value('float64') };

for (const { where, rows } of fixture.cases) {
  test(`the rows with ${where} are those of datasets' filter`, async () => {
    const objects = new MemoryObjects();
    const dataset = await makeDataset(features, fixture.input, objects);
    const filtered = await run(dataset, { where }, { objects });
    assert.deepEqual(await filtered.rows(), rows);
    assert.equal(filtered.summary, `left out ${12 - rows.length} of 12 rows: train ${12 - rows.length}`);
  });
}

test('columns of every type can be asked for, classes by name, and any name in brackets', async () => {
  const objects = new MemoryObjects();
  const columns: Features = {
    row: value('int64'),
    label: { _type: 'ClassLabel', names: ['no', 'constructor'] },
    'a "b"': value('float64'),
    string: value('string'),
    toString: value('bool'),
    ids: { _type: 'List', feature: value('int64') },
  };
  const dataset = await makeDataset(
    columns,
    {
      row: [0, 1, 2, 3],
      label: [0, 1, 1, null],
      'a "b"': [0.5, 1, null, 2],
      string: ['x', 'Y', 'x', 'y'],
      toString: [true, true, false, false],
      ids: [[1], [2], [3], [4]],
    },
    objects,
  );
  const rows = async (where: string) => (await run(dataset, { where }, { objects })).rows();
  assert.deepEqual(await rows("label == 'constructor'"), [1, 2]);
  assert.deepEqual(await rows("label in ['no']"), [0]);
  assert.deepEqual(await rows('label == null || toString'), [0, 1, 3]);
  assert.deepEqual(await rows(`columns['a "b"'] != null && columns['a "b"'] >= 1`), [1, 3]);
  assert.deepEqual(await rows("columns.string.lowerAscii() == 'y'".replace('.string', "['string']")), [1, 3]);
  assert.deepEqual(await rows("columns['string'] == 'x' ? row < 1 : row in [3]"), [0, 3]);
  assert.deepEqual(await rows('double(row) / 2.0 == 0.5 || row * 2 == 4'), [1, 2]);
});

const audioFeatures: Features = { row: value('int64'), audio: { _type: 'Audio', storage: 'encoded' } };

/** Clips of 0.1, 0.2, 0.3, … seconds. */
async function clips(n: number, objects: MemoryObjects, change?: (audio: unknown[]) => void) {
  const row = Array.from({ length: n }, (_, i) => i);
  const audio: unknown[] = row.map((i) => ({ bytes: tone(440, (i + 1) / 10), path: `${i}.wav` }));
  change?.(audio);
  return makeDataset(audioFeatures, { row, audio }, objects, 2);
}

test('clips are chosen by duration, level and path, and measured once per chunk', async () => {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const dataset = await clips(5, stores.objects);
  const within = await run(dataset, { min_duration_in_seconds: 0.2, max_duration_in_seconds: 0.4 }, stores);
  assert.deepEqual(await within.rows(), [1, 2, 3]);
  assert.equal(within.rowsComputed, 5);
  const shorter = await run(dataset, { where: 'audio.duration < 0.25 && audio.path != "0.wav"' }, stores);
  assert.deepEqual([await shorter.rows(), shorter.rowsComputed], [[1], 0]);
  const more = await run(await clips(7, stores.objects), { min_duration_in_seconds: 0.6 }, stores);
  assert.deepEqual([await more.rows(), more.rowsComputed], [[5, 6], 3], 'the chunk that grew, and a new one');

  const audio: Features = {
    ...audioFeatures,
    audio: { _type: 'Audio', storage: 'samples', sampling_rate: 8 },
  };
  const samples = [Float32Array.of(0.5, -0.5), Float32Array.of(0, 0), Float32Array.of(1, 0)];
  const decoded = await makeDataset(
    audio,
    { row: [0, 1, 2], audio: samples.map((array) => ({ array, path: null })) },
    stores.objects,
  );
  const rows = async (where: string) => (await run(decoded, { where }, stores)).rows();
  assert.deepEqual(await rows('audio.rms > -6.03 && audio.rms < -6.02'), [0]);
  assert.deepEqual(await rows('audio.peak < -100'), [1], 'silence is at minus infinity');
  assert.deepEqual(await rows('audio.peak == 0 && audio.duration == 0.25'), [2]);
});

test('an interrupted filter goes on with the clips that are not measured yet', async () => {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const dataset = await clips(5, stores.objects);
  const controller = new AbortController();
  const set = stores.chunks.set.bind(stores.chunks);
  stores.chunks.set = async (key, chunk) => {
    await set(key, chunk);
    controller.abort();
  };
  const params = { ...defaults, min_duration_in_seconds: 0.2 };
  const context = contextOf(params, { inputs: { dataset }, ...stores, signal: controller.signal });
  await assert.rejects(filter.run(context), { name: 'AbortError' });
  stores.chunks.set = set;
  assert.equal((await run(dataset, params, stores)).rowsComputed, 3);
});

test('rows without an answer are all named, or left out', async () => {
  const objects = new MemoryObjects();
  const dataset = await clips(4, objects, (audio) => {
    audio[1] = { bytes: Buffer.from('no audio'), path: 'bad\u001b[31m.wav' };
    audio[2] = null;
  });
  await assert.rejects(run(dataset, { where: 'audio.duration > 0' }, { objects }), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /2 of 4 rows cannot be used/);
    assert.match(error.describe(), /train row 1, bad.*wav: /);
    assert.match(error.describe(), /train row 2: the condition has no answer: a value is missing/);
    return true;
  });
  const skipping = await run(dataset, { min_duration_in_seconds: 0.2, on_error: 'skip' }, { objects });
  assert.deepEqual(await skipping.rows(), [3]);
  assert.equal(skipping.artifact.skipped?.rows, 2);
  assert.deepEqual(
    await (await run(dataset, { where: 'audio == null', on_error: 'skip' }, { objects })).rows(),
    [2],
  );
});

test('an emptied split is a warning, an empty result an error; other splits pass through', async () => {
  const objects = new MemoryObjects();
  const dataset = await makeDataset(features, fixture.input, objects);
  dataset.splits = {
    train: { num_rows: 10, ranges: [[0, 10]] },
    test: { num_rows: 2, ranges: [[10, 12]] },
    none: { num_rows: 0, ranges: [] },
  };
  const one = await run(dataset, { where: 'row < 3' }, { objects });
  assert.deepEqual(one.warnings, ["no row of split 'test' meets the conditions"]);
  assert.equal(one.summary, 'left out 9 of 12 rows: train 7, test 2');
  const other = await run(dataset, { where: 'row < 3', split: 'train' }, { objects });
  assert.deepEqual(
    [await other.rows(), await other.rows('test')],
    [
      [0, 1, 2],
      [10, 11],
    ],
  );
  assert.equal((await run(dataset, { where: 'true' }, { objects })).summary, 'kept all 12 rows');
  await assert.rejects(run(dataset, { where: 'row < 0' }, { objects }), /no row meets the conditions/);
  await run(dataset, { where: 'row < 0', split: 'none' }, { objects });
});

test('mistakes in a condition are found before anything runs, at their characters', async () => {
  const dataset = await makeDataset(
    { ...features, ids: { _type: 'List', feature: value('int64') }, audio: audioFeatures.audio! },
    { row: [], speaker: [], score: [], ids: [], audio: [] },
    new MemoryObjects(),
  );
  const problems = async (params: Partial<FilterParams>) =>
    (await outlineOf(filter, { ...defaults, ...params }, dataset)).problems.map(
      ({ param, message, suggestion, span }) => [param.join('.'), message, span && [...span], suggestion],
    );
  const cases: [where: string, message: string | RegExp, characters: string, suggestion?: string][] = [
    ['score >', 'the condition cannot be read: it ends too early', ''],
    ['score > 2 and row', /^the condition cannot be read: unexpected/, 'and'],
    ['row == 1 || scor > 2', "no column 'scor' in the dataset", 'scor', 'score'],
    ['columns["spekaer"] == "x"', "no column 'spekaer' in the dataset", 'columns["spekaer"]', 'speaker'],
    ['speaker > 2', 'the condition does not fit the columns: no such overload: string > int', 'speaker > 2'],
    ['row + score', /does not fit the columns: no such overload: int \+ double/, 'row + score'],
    ['audio.length > 1', /does not fit the columns: No such key: length/, 'length'],
    ['constructor == 1', "no column 'constructor' in the dataset", 'constructor'],
    ['__proto__ == 1', /cannot be read: reserved identifier: __proto__/, '__proto__'],
    ['speaker.constructor == 1', /^the condition does not fit/, 'constructor'],
    ['speaker.matches("(a+)+$")', "conditions cannot have 'matches'", 'speaker.matches("(a+)+$")'],
    ['[1, 2].exists(x, x == row)', "conditions cannot have 'exists'", '[1, 2].exists(x, x == row)'],
    ['ids == [1]', "conditions cannot be about column 'ids'", 'ids'],
    [
      'columns[speaker] == 1',
      'conditions cannot have brackets after anything but columns',
      'columns[speaker]',
    ],
    ['columns == null', /conditions cannot have columns without/, 'columns'],
    [`${'('.repeat(300)}1`, /cannot be read: exceeded maxDepth/, '('],
    [`row == 1${' || row == 1'.repeat(200)}`, /cannot be read: exceeded max/, ''],
  ];
  for (const [where, message, characters, suggestion] of cases) {
    const found = (await problems({ where })).find(([, text]) =>
      typeof message === 'string' ? text === message : message.test(String(text)),
    );
    assert.ok(found !== undefined, `${where}: ${JSON.stringify(await problems({ where }))}`);
    const [start, end] = found[2] as [number, number];
    if (characters.length > 1) assert.equal(where.slice(start, end), characters, where);
    assert.equal(found[3], suggestion, where);
  }
  assert.deepEqual(await problems({ where: 'row' }), [
    ['where', 'the condition has no answer', undefined, undefined],
  ]);
  assert.deepEqual(await problems({}), [['', 'nothing says which rows to keep', undefined, undefined]]);
  const bounds = { min_duration_in_seconds: 2, max_duration_in_seconds: 1, audio_column_name: 'speaker' };
  assert.deepEqual(
    (await problems(bounds)).map(([param, message]) => [param, message]),
    [
      ['max_duration_in_seconds', 'no clip can be this short and this long'],
      ['audio_column_name', "column 'speaker' is not audio"],
    ],
  );
});
