import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { OnnxRuntimeBackend } from '../../../src/engine/onnxruntime/index.js';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import type { Batch } from '../../../src/learning/training/collate.js';
import { targetsOf } from '../../../src/learning/training/losses/targets.js';
import type { Gradients } from '../../../src/learning/training/optimizer.js';
import { StepGraph } from '../../../src/learning/training/step-graph.js';
import { trainableNames } from '../../../src/learning/training/trainable-names.js';
import { Random } from '../../../src/random/random.js';
import { tinyModel } from '../../support/training-setting.js';

before(() => openEngine('onnxruntime', { threads: 1 }));

const random = { layerdrop: 0.4, hidden_dropout: 0.2, activation_dropout: 0.1, attention_dropout: 0.1 };
const model = await tinyModel('stable-layer-norm', {
  ...random,
  apply_spec_augment: true,
  mask_time_length: 2,
});
const trainable = trainableNames(model.weights, model.config);

/** Batch number `index`: two lengths alternate; with or without an attention mask. */
function batch(index: number, masked: boolean): Batch {
  const samples = index % 2 === 0 ? 400 : 320;
  const data = new Float32Array(3 * samples);
  Random.stream(index, 'batch').fillNormal(data, 1);
  const frames = masked ? Float32Array.of(5 + (index % 3), 8, 4 + (index % 4)) : undefined;
  return { inputs: { data, shape: [3, samples] }, frames, labels: [index % 5, 1, 2] };
}

/** Losses and gradients of eight batches: by one graph, or by a new one for each. */
function compute(masked: boolean, replaying: boolean): { loss: number; gradients: Gradients }[] {
  const draws = new RandomDraws(Random.stream(3, 'training'));
  let graph = new StepGraph(model, trainable, draws);
  return Array.from({ length: 8 }, (_, index) => {
    if (!replaying) graph = new StepGraph(model, trainable, draws);
    const { inputs, frames, labels } = batch(index, masked);
    const gradients = Object.fromEntries(
      trainable.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
    );
    const targets = targetsOf(labels, model.labels.length, 0.1, 3);
    const loss = graph.compute({ inputs, frames, labels }, targets, gradients);
    draws.nextStep();
    return { loss, gradients };
  });
}

for (const masked of [false, true]) {
  test(`replayed steps ${masked ? 'with attention masks ' : ''}equal traced ones, to the bit`, () => {
    const backend = tf.backend() as OnnxRuntimeBackend;
    const traced = compute(masked, false);
    const { runs, nodes, compiled } = backend.statistics();
    const replayed = compute(masked, true);
    assert.deepEqual(replayed, traced);
    assert.equal(new Set(traced.map(({ loss }) => loss)).size, 8);
    const after = backend.statistics();
    assert.equal(after.runs - runs, 8);
    assert.equal(after.compiled, compiled);
    assert.ok(after.nodes > nodes);
  });
}

test('nothing is planned for a replayed step, and weights changed in place take effect', () => {
  const backend = tf.backend() as OnnxRuntimeBackend;
  const graph = new StepGraph(model, trainable, new RandomDraws(Random.stream(3, 'training')));
  const gradients = Object.fromEntries(
    trainable.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
  );
  const { inputs, labels } = batch(0, false);
  const targets = targetsOf(labels, model.labels.length, 0, 3);
  const first = graph.compute({ inputs, labels }, targets, gradients);
  const { planMs } = backend.statistics();
  const bias = model.weights['classifier.bias']!.data;
  bias[1]! += 10;
  const second = graph.compute({ inputs, labels }, targets, gradients);
  bias[1]! -= 10;
  assert.equal(backend.statistics().planMs, planMs);
  assert.ok(Math.abs(second - first) > 1);
});

test('a longer batch replaces the arrays of a shorter one, which is traced again but not compiled', () => {
  const backend = tf.backend() as OnnxRuntimeBackend;
  const draws = new RandomDraws(Random.stream(3, 'training'));
  const graph = new StepGraph(model, trainable, draws);
  const losses = (order: number[]) =>
    order.map((index) => {
      const { inputs, labels } = batch(index, false);
      const targets = targetsOf(labels, model.labels.length, 0, 3);
      const into = Object.fromEntries(
        trainable.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
      );
      const loss = graph.compute({ inputs, labels }, targets, into);
      draws.nextStep();
      return loss;
    });
  const short = losses([1, 1]);
  const [long] = losses([0]);
  assert.ok(draws.replaced > 0);
  const { compiled, planMs } = backend.statistics();
  const { replaced } = draws;
  losses([1]);
  assert.ok(backend.statistics().planMs > planMs);
  const planned = backend.statistics().planMs;
  losses([0, 1, 1]);
  assert.deepEqual([backend.statistics().compiled, backend.statistics().planMs], [compiled, planned]);
  assert.equal(draws.replaced, replaced);
  assert.equal(new Set([...short, long]).size, 3);
});

test('a graph whose session was closed is traced again', async () => {
  await openEngine('onnxruntime', { threads: 1 });
  const graph = new StepGraph(model, trainable, new RandomDraws(Random.stream(3, 'training')));
  const gradients = Object.fromEntries(
    trainable.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
  );
  const { inputs, labels } = batch(0, false);
  const targets = targetsOf(labels, model.labels.length, 0, 3);
  graph.compute({ inputs, labels }, targets, gradients);
  (tf.backend() as OnnxRuntimeBackend).dispose();
  assert.ok(Number.isFinite(graph.compute({ inputs, labels }, targets, gradients)));
});
