import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import { nearestAudio } from '../../../src/pipeline/run/upstream-audio.js';
import type { Artifact } from '../../../src/stage/artifact.js';
import castAudio from '../../../stages/cast-audio.js';
import concatenate from '../../../stages/concatenate.js';
import load from '../../../stages/load.js';
import mapPreprocess from '../../../stages/map-preprocess.js';
import select from '../../../stages/select.js';
import split from '../../../stages/split.js';
import train from '../../../stages/train.js';

const types = {
  concatenate,
  load,
  select,
  split,
  'cast-audio': castAudio,
  'map-preprocess': mapPreprocess,
  train,
};
const stage = (id: string, name: keyof typeof types, from?: string) =>
  ({ id, type: types[name], from: from === undefined ? {} : { dataset: from } }) as unknown as PipelineStage;
type Ranges = [start: number, end: number][];
const dataWith = (columns: readonly string[], chunks: readonly number[], ranges: Ranges) =>
  ({
    kind: 'dataset',
    features: Object.fromEntries(columns.map((name) => [name, { _type: name === 'x' ? 'List' : 'Audio' }])),
    chunks: chunks.map((rows, i) => ({
      rows,
      columns: Object.fromEntries(columns.map((name) => [name, { digest: `${name}-${i}`, size: 1 }])),
    })),
    splits: { test: { num_rows: ranges.reduce((sum, [start, end]) => sum + end - start, 0), ranges } },
  }) as unknown as Artifact;

const data = (...columns: string[]) => dataWith(columns, [4, 2], [[0, 6]]);

test('the nearest audio is looked for only through stages that keep the rows', () => {
  const found = (third: keyof typeof types, artifacts: Record<string, Artifact>) => {
    const stages = [
      stage('d', 'load'),
      stage('s', 'cast-audio', 'd'),
      stage('f', third, 's'),
      stage('model', 'train', 'f'),
    ];
    return nearestAudio(stages[3]!, stages, (id) => artifacts[id]).dataset;
  };
  const all = { d: data('audio'), s: data('speech'), f: data('x') };
  assert.equal(found('map-preprocess', all)?.column, 'speech');
  assert.equal(found('load', all), undefined, 'its rows are others');
  assert.equal(found('load', { ...all, f: data('x', 'clip') })?.column, 'clip');
  assert.equal(found('map-preprocess', { d: all.d, f: all.f }), undefined, 'nothing in between is guessed');
});

test('picked rows are found by the chunks that they are in, through what was computed before and after', () => {
  const found = (...after: [keyof typeof types, Artifact][]) => {
    const artifacts = [dataWith(['audio'], [4, 2], [[0, 6]]), ...after.map(([, artifact]) => artifact)];
    const stages = [
      stage('0', 'load'),
      ...after.map(([name], i) => stage(String(i + 1), name, String(i))),
      stage('model', 'train', String(after.length)),
    ];
    return nearestAudio(stages.at(-1)!, stages, (id) => artifacts[Number(id)]).dataset?.dataset.splits.test;
  };
  const picked: Ranges = [
    [5, 6],
    [1, 2],
  ];
  const encoded = dataWith(['x'], [4, 2], [[0, 6]]);
  const selected = dataWith(['x'], [4, 2], picked);
  const test = { num_rows: 2, ranges: picked };
  assert.deepEqual(found(['map-preprocess', encoded], ['select', selected]), test);
  // The stage after it has left out a chunk that has no row, and its rows are in the order of the selected
  // ones.
  const again = dataWith(
    ['x'],
    [2],
    [
      [1, 2],
      [0, 1],
    ],
  );
  assert.deepEqual(found(['map-preprocess', encoded], ['select', selected], ['map-preprocess', again]), test);
  // One that leaves out a chunk before it: which rows are meant is not known.
  const fewer = dataWith(['x'], [2], [[0, 2]]);
  const one = dataWith(['x'], [2], [[1, 2]]);
  assert.equal(found(['map-preprocess', fewer], ['select', one]), undefined);
});

test('behind features of joined datasets, each row has the audio of the dataset that it is from', () => {
  const audioOf = (chunk: number, rows: number) => ({
    rows,
    columns: { audio: { digest: `a-${chunk}`, size: 1 } },
  });
  const featuresOf = (chunk: number, rows: number) => ({
    rows,
    columns: { x: { digest: `x-${chunk}`, size: 1 } },
  });
  const dataset = (features: object, chunks: object[], ranges: Ranges) =>
    ({
      kind: 'dataset',
      features,
      chunks,
      splits: { test: { num_rows: ranges.reduce((sum, [start, end]) => sum + end - start, 0), ranges } },
    }) as unknown as Artifact;
  const audio = { audio: { _type: 'Audio', storage: 'encoded' } };
  const x = { x: { _type: 'List' } };
  const artifacts: Record<string, Artifact> = {
    one: dataset(audio, [audioOf(0, 4)], [[0, 4]]),
    two: dataset(audio, [audioOf(1, 2), audioOf(2, 3)], [[1, 5]]),
    f1: dataset(x, [featuresOf(0, 4)], [[0, 4]]),
    f2: dataset(x, [featuresOf(1, 2), featuresOf(2, 3)], [[1, 5]]),
    both: dataset(
      x,
      [featuresOf(0, 4), featuresOf(1, 2), featuresOf(2, 3)],
      [
        [0, 4],
        [5, 9],
      ],
    ),
    few: dataset(x, [featuresOf(0, 4), featuresOf(1, 2), featuresOf(2, 3)], [[6, 7]]),
  };
  const both = { ...stage('both', 'concatenate'), from: { 1: 'f1', 2: 'f2' } };
  const stages = [
    stage('one', 'load'),
    stage('two', 'load'),
    stage('f1', 'map-preprocess', 'one'),
    stage('f2', 'map-preprocess', 'two'),
    both,
    stage('few', 'select', 'both'),
    stage('model', 'train', 'few'),
  ];
  const found = () => nearestAudio(stages.at(-1)!, stages, (id) => artifacts[id]).dataset;
  const { dataset: joined, column } = found()!;
  assert.deepEqual(
    joined.chunks.map(({ rows, columns }) => [rows, columns[column]!.digest]),
    [
      [4, 'a-0'],
      [2, 'a-1'],
      [3, 'a-2'],
    ],
  );
  assert.deepEqual(joined.splits.test, { num_rows: 1, ranges: [[6, 7]] });
  assert.equal(found()!.dataset, joined, 'readers of its chunks are kept');

  const at = (id: string, other: Artifact) => {
    const before = artifacts[id]!;
    const fresh = { ...artifacts.both! };
    artifacts.both = fresh;
    artifacts[id] = other;
    const result = found();
    artifacts[id] = before;
    return result;
  };
  const cast = { audio: { _type: 'Audio', storage: 'samples', sampling_rate: 8000 } };
  assert.equal(at('two', dataset(cast, [audioOf(1, 2), audioOf(2, 3)], [[1, 5]])), undefined, 'not one type');
  assert.equal(at('two', dataset(audio, [audioOf(1, 4)], [[0, 4]])), undefined, 'other chunks');
  assert.equal(at('two', dataset(x, [featuresOf(1, 2)], [[0, 2]])), undefined, 'no audio');
});
