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
  assert.equal(found('concatenate', all), undefined, 'its rows are others');
  assert.equal(found('concatenate', { ...all, f: data('x', 'clip') })?.column, 'clip');
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
  // The stage after it has left out a chunk that has no row, and its rows are in the order of the selected ones.
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
