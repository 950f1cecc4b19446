import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { OutlineProblem, OutlineRequest } from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import concatenate from '../../stages/concatenate.js';
import { tinyWav } from '../support/audio-files.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, placeAt } from '../support/stage.js';

const { concatenate: fixture } = JSON.parse(
  readFileSync(new URL('../fixtures/rows/rows.json', import.meta.url), 'utf8'),
);
const int64 = { _type: 'Value', dtype: 'int64' } as const;
const string = { _type: 'Value', dtype: 'string' } as const;
const classes = (...names: string[]) => ({ _type: 'ClassLabel' as const, names });

async function run(datasets: DatasetArtifact[], objects: MemoryObjects, chunks = new MemoryChunkResults()) {
  const warnings: string[] = [];
  const inputs = Object.fromEntries(datasets.map((dataset, i) => [String(i + 1), dataset]));
  const log = (_level: string, text: string) => void warnings.push(text);
  const result = await concatenate.run(contextOf({}, { inputs, objects, chunks, log }));
  return { ...result, artifact: result.artifact as DatasetArtifact, warnings };
}

async function outline(...features: (Features | undefined)[]) {
  const problems: OutlineProblem[] = [];
  const inputs = Object.fromEntries(
    features.map((each, i) => [
      String(i + 1),
      each && { kind: 'dataset', features: each, splits: { train: i + 1, [`own${i}`]: undefined } },
    ]),
  ) as OutlineRequest<never>['inputs'];
  const problem = (found: OutlineProblem) => void problems.push(found);
  const found = await concatenate.outline!({
    params: {},
    inputs,
    place: placeAt('.'),
    problem,
    warn: () => {},
  });
  return { outline: found?.kind === 'dataset' ? found : undefined, problems };
}

test('rows are those of concatenate_datasets, with classes aligned by name and missing columns null', async () => {
  const objects = new MemoryObjects();
  const features: Features = { row: int64, label: classes('no', 'yes') };
  const one = await makeDataset(features, { row: [0, 1, 2], label: [0, 1, 0] }, objects);
  const others: Features = { label: classes('maybe', 'no'), row: int64, speaker: string };
  const columns = { label: [1, 0, null], row: [3, 4, 5], speaker: ['a', 'b', 'c'] };
  const two = await makeDataset(others, columns, objects, 2);
  const { artifact, warnings, summary, rowsComputed } = await run([one, two], objects);
  assert.deepEqual(Object.keys(artifact.features), fixture.columns);
  assert.deepEqual(artifact.features.label, classes(...fixture.names));
  const reader = openDataset(artifact, objects);
  for (const column of fixture.columns)
    assert.deepEqual(await reader.column('train', column), fixture.rows[column], column);
  assert.deepEqual(warnings, ["input 1 has no 'speaker': null in its rows"]);
  assert.equal(summary, 'train 3 + 3 = 6');
  assert.equal(rowsComputed, 3, 'the first dataset keeps its class numbers');
  assert.deepEqual(artifact.chunks[0]!.columns.label, one.chunks[0]!.columns.label);
});

test('splits of one name are joined, others are kept, and a new chunk alone is recoded', async () => {
  const objects = new MemoryObjects();
  const chunks = new MemoryChunkResults();
  const one = await makeDataset({ label: classes('a') }, { label: [0, 0] }, objects);
  one.splits = { train: { num_rows: 1, ranges: [[1, 2]] }, empty: { num_rows: 0, ranges: [] } };
  const two = await makeDataset({ label: classes('b', 'a') }, { label: [0, 1, 0, 1, 1] }, objects, 2);
  two.splits = { test: { num_rows: 2, ranges: [[3, 5]] }, train: { num_rows: 2, ranges: [[0, 2]] } };
  const first = await run([one, two], objects, chunks);
  const reader = openDataset(first.artifact, objects);
  assert.deepEqual(reader.splits, ['train', 'empty', 'test']);
  assert.deepEqual(await reader.column('train', 'label'), [0, 1, 0]);
  assert.deepEqual(await reader.column('test', 'label'), [0, 0]);
  assert.deepEqual([first.rowsComputed, first.summary], [5, 'train 1 + 2 = 3, empty 0, test 2']);
  const more = await makeDataset({ label: classes('b', 'a') }, { label: [0, 1, 0, 1, 1, 0] }, objects, 2);
  assert.equal((await run([one, more], objects, chunks)).rowsComputed, 2);
});

test('all columns whose types differ are reported, before the run and in it', async () => {
  const encoded = (sampling_rate?: number) =>
    ({ _type: 'Audio', storage: 'encoded', ...(sampling_rate && { sampling_rate }) }) as const;
  const samples = (sampling_rate: number) => ({ _type: 'Audio', storage: 'samples', sampling_rate }) as const;
  const good = await outline(
    { audio: encoded(8000), label: classes('a') },
    { label: classes('b'), audio: encoded() },
  );
  assert.deepEqual(good.problems, []);
  assert.deepEqual(good.outline?.features, { audio: encoded(), label: classes('a', 'b') });
  assert.deepEqual(good.outline?.splits, { train: 3, own0: undefined, own1: undefined });
  const unknown = await outline({ label: classes() }, { label: classes('b') });
  assert.deepEqual(unknown.outline?.features, { label: classes() }, 'classes not known before the run');

  const a: Features = { audio: samples(8000), label: classes('a'), n: int64, constructor: string };
  const b: Features = { audio: samples(16000), label: string, n: int64, constructor: int64 };
  const bad = await outline(a, undefined, b);
  assert.equal(bad.outline, undefined);
  assert.deepEqual(
    bad.problems.map(({ message, expected, got, hint }) => [message, expected, got, hint]),
    [
      [
        "column 'audio' has different types in inputs 1 and 2",
        'Audio(8000 Hz), samples',
        'Audio(16000 Hz), samples',
        'cast-audio decodes both to one sampling rate.',
      ],
      [
        "column 'label' has different types in inputs 1 and 2",
        'ClassLabel(1)',
        'string',
        'cast-column gives them one type.',
      ],
      [
        "column 'constructor' has different types in inputs 1 and 2",
        'string',
        'int64',
        'cast-column gives them one type.',
      ],
    ],
  );
  const objects = new MemoryObjects();
  const empty = (features: Features) => ({ kind: 'dataset' as const, features, chunks: [], splits: {} });
  await assert.rejects(run([empty(a), empty(b)], objects), (error) => {
    assert.ok(error instanceof EtudeError);
    for (const part of [
      /'audio'.*8000 Hz.*16000 Hz/,
      /'label'/,
      /'constructor'/,
      /cast-audio/,
      /cast-column/,
    ])
      assert.match(error.describe(), part);
    return true;
  });
});

test('a clip that the datasets share between splits is reported', async () => {
  const objects = new MemoryObjects();
  const features: Features = { audio: { _type: 'Audio', storage: 'encoded' } };
  const one = await makeDataset(features, { audio: [{ bytes: tinyWav(1), path: 'a.wav' }] }, objects);
  const two = await makeDataset(features, { audio: [{ bytes: tinyWav(1), path: 'b.wav' }] }, objects);
  two.splits = { test: two.splits.train! };
  assert.deepEqual((await run([one, two], objects)).warnings, [
    "a clip of 'test' is also in 'train': row 0 of test (b.wav) is row 0 of train (a.wav)",
  ]);
});
