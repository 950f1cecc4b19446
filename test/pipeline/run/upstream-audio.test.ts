import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import { nearestAudio } from '../../../src/pipeline/run/upstream-audio.js';
import type { Artifact } from '../../../src/stage/artifact.js';
import castAudio from '../../../stages/cast-audio.js';
import load from '../../../stages/load.js';
import mapPreprocess from '../../../stages/map-preprocess.js';
import split from '../../../stages/split.js';
import train from '../../../stages/train.js';

const types = { load, split, 'cast-audio': castAudio, 'map-preprocess': mapPreprocess, train };
const stage = (id: string, name: keyof typeof types, from?: string) =>
  ({ id, type: types[name], from: from === undefined ? {} : { dataset: from } }) as unknown as PipelineStage;
const data = (...columns: string[]) =>
  ({
    kind: 'dataset',
    features: Object.fromEntries(columns.map((name) => [name, { _type: name === 'x' ? 'List' : 'Audio' }])),
  }) as unknown as Artifact;

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
  assert.equal(found('split', all), undefined, 'its rows are others');
  assert.equal(found('split', { ...all, f: data('x', 'clip') })?.column, 'clip');
  assert.equal(found('map-preprocess', { d: all.d, f: all.f }), undefined, 'nothing in between is guessed');
});
