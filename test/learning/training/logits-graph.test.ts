import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import type { Batch } from '../../../src/learning/training/collate.js';
import { logitsOf } from '../../../src/learning/training/forward.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import { upload } from '../../../src/learning/training/upload-weights.js';
import { Random } from '../../../src/random/random.js';
import { testEngine } from '../../support/engine.js';
import { tinyModel } from '../../support/training-setting.js';

before(() => openEngine(testEngine, { threads: 1 }));

const model = await tinyModel('stable-layer-norm', {});

function batch(seed: number): Batch {
  const data = new Float32Array(2 * 400);
  Random.stream(seed, 'batch').fillNormal(data, 1);
  return { inputs: { data, shape: [2, 400] }, labels: [0, 1] };
}

/** The logits by the current weights, with nothing kept. */
function plainly(of: Batch): Float32Array {
  const weights = upload(model.weights);
  const logits = tf.tidy(() => logitsOf(weights, model.config, of));
  const values = logits.dataSync().slice() as Float32Array;
  tf.dispose([weights, logits]);
  return values;
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

test('a graph that keeps its kernels gives the same logits as one that makes them each time', () => {
  const graph = new LogitsGraph(model);
  for (const seed of [1, 2, 3]) assert.ok(distance(graph.compute(batch(seed)), plainly(batch(seed))) < 1e-6);
});

test('after a change of the weights, including the kernels, a renewed graph follows them', () => {
  const graph = new LogitsGraph(model);
  const old = graph.compute(batch(1));
  for (const { data } of Object.values(model.weights)) for (const i of data.keys()) data[i]! *= 1.5;
  graph.renew();
  const renewed = graph.compute(batch(1));
  assert.ok(distance(renewed, plainly(batch(1))) < 1e-5);
  assert.ok(distance(renewed, old) > 1e-3);
});
