import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import { classify } from '../../../src/learning/model/classify.js';
import { classifierParameters } from '../../../src/learning/model/parameters.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import { hashedParameter, hashedValues } from '../../support/hashed-values.js';
import { fixtures, maxDifference } from '../../support/reference-model.js';

interface Expected {
  samples: number;
  target: number;
  logits: number[];
  loss: number;
  gradients: Record<string, { norm: number; at: Record<string, number> }>;
}

const expected = JSON.parse(readFileSync(join(fixtures, 'base', 'expected.json'), 'utf8')) as Expected;

test('a model of wav2vec2-base’s size has the same logits and gradients as in transformers', async () => {
  const config = parseConfig({ model_type: 'wav2vec2', apply_spec_augment: false });
  const engine = await openEngine('onnxruntime', { threads: 2 });
  const weights: Record<string, tf.Tensor> = {};
  for (const { name, shape } of classifierParameters(config, expected.logits.length)) {
    if (!name.endsWith('masked_spec_embed'))
      weights[name] = tf.tensor(hashedParameter(name, shape), shape, 'float32');
  }
  const samples = hashedValues('inputs', expected.samples);
  const inputs = tf.tensor2d(samples, [1, expected.samples]);
  const names = Object.keys(expected.gradients);
  let logits: tf.Tensor | undefined;
  const loss = (...tracked: tf.Tensor[]): tf.Scalar => {
    const replaced = Object.fromEntries(names.map((name, index) => [name, tracked[index]!]));
    logits = tf.keep(classify({ ...weights, ...replaced }, config, inputs));
    const target = tf.oneHot(tf.tensor1d([expected.target], 'int32'), expected.logits.length);
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits as tf.Tensor2D), target)));
  };
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weights[name]!));
  assert.ok(maxDifference(logits!.dataSync(), expected.logits) < 1e-4, 'logits');
  assert.ok(Math.abs(value.dataSync()[0]! - expected.loss) < 1e-4, 'loss');
  for (const [index, name] of names.entries()) {
    const gradient = grads[index]!.dataSync() as Float32Array;
    const { norm, at } = expected.gradients[name]!;
    const length = Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0));
    assert.ok(Math.abs(length - norm) < 1e-4 * norm, `${name}: ${length} and ${norm}`);
    const most = Math.max(...Object.values(at).map(Math.abs));
    for (const [place, number] of Object.entries(at))
      assert.ok(Math.abs(gradient[Number(place)]! - number) < 1e-4 * most, `${name} at ${place}`);
  }
  await engine.dispose();
});
