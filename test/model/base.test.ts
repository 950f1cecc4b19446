import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEngine } from '../../src/engine/choose.js';
import * as tf from '../../src/engine/tf.js';
import { classify } from '../../src/model/classifier.js';
import { parseConfig } from '../../src/model/config.js';
import { classifierParameters } from '../../src/model/parameters.js';
import { fixtures, maxDifference } from './reference.js';

interface Expected {
  samples: number;
  target: number;
  logits: number[];
  loss: number;
  gradients: Record<string, { norm: number; at: Record<string, number> }>;
}

const expected = JSON.parse(readFileSync(join(fixtures, 'base', 'expected.json'), 'utf8')) as Expected;

/** The numbers of a tensor, as the fixture's script makes them: FNV-1a of the name, mixed with the index by murmur3's finalizer. */
function values(name: string, shape: readonly number[]): Float32Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619);
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const isScale = name.endsWith('norm.weight') || name.endsWith('original0');
  const isMatrix = shape.length > 1 && name !== 'inputs';
  const fan = shape.slice(1).reduce((product, size) => product * size, 1);
  const scale = isScale ? 0.1 : isMatrix ? Math.sqrt(3 / fan) : name === 'inputs' ? 1 : 0.1;
  const centre = isScale ? 1 : 0;
  for (let index = 0; index < data.length; index += 1) {
    let h = Math.imul(index, 0x9e3779b1) + seed;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    data[index] = centre + ((h >>> 0) / 2 ** 31 - 1) * scale;
  }
  return data;
}

test('a model of wav2vec2-base’s size has the logits and the gradients that it has in transformers', async () => {
  const config = parseConfig({ model_type: 'wav2vec2', apply_spec_augment: false });
  const engine = await openEngine('onnxruntime', { threads: 2 });
  const weights: Record<string, tf.Tensor> = {};
  for (const { name, shape } of classifierParameters(config, expected.logits.length)) {
    if (!name.endsWith('masked_spec_embed')) weights[name] = tf.tensor(values(name, shape), shape, 'float32');
  }
  const inputs = tf.tensor2d(values('inputs', [1, expected.samples]), [1, expected.samples]);
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
    const gradient = grads[index]!.dataSync();
    const { norm, at } = expected.gradients[name]!;
    const length = Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0));
    assert.ok(Math.abs(length - norm) < 1e-4 * norm, `${name}: ${length} and ${norm}`);
    const most = Math.max(...Object.values(at).map(Math.abs));
    for (const [place, number] of Object.entries(at))
      assert.ok(Math.abs(gradient[Number(place)]! - number) < 1e-4 * most, `${name} at ${place}`);
  }
  await engine.dispose();
});
