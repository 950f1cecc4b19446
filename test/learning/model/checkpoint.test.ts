import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeDifferences, loadModel } from '../../../src/learning/model/checkpoint.js';
import { formatSafetensors, type Weight } from '../../../src/learning/model/safetensors.js';
import { countParameters, modelFiles } from '../../../src/learning/model/save.js';
import type { NamedFile } from '../../../src/learning/model/tensor-files.js';
import { EtudeError } from '../../../src/util/errors.js';
import { filesOf, reference } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = tempFolder('checkpoint');
let count = 0;

/** A new checkpoint folder: the config of a fixture, and these tensors. */
function checkpoint(tensors: Record<string, Weight>): NamedFile[] {
  count += 1;
  const path = join(folder, `${count}.safetensors`);
  writeFileSync(path, Buffer.concat(formatSafetensors(tensors)));
  const config = filesOf('group-norm').find(({ name }) => name === 'config.json')!;
  return [config, { name: 'model.safetensors', path }];
}

const { model } = await reference('group-norm');
const without = (part: RegExp) =>
  Object.fromEntries(Object.entries(model.weights).filter(([name]) => !part.test(name)));
const labels = ['one', 'two', 'three'];

test('a classifier of transformers is loaded with its head', () => {
  assert.deepEqual(model.labels, ['abroad', 'address', 'balance', 'freeze', 'pay_bill']);
  assert.deepEqual(describeDifferences(model), []);
});

test('what is saved is what was loaded', async () => {
  const files = modelFiles(model);
  const config = join(folder, 'config.json');
  const weights = join(folder, 'saved.safetensors');
  writeFileSync(config, Buffer.concat(files['config.json']!));
  writeFileSync(weights, Buffer.concat(files['model.safetensors']!));
  const again = await loadModel([
    { name: 'config.json', path: config },
    { name: 'model.safetensors', path: weights },
  ]);
  assert.deepEqual(again.weights, model.weights);
  assert.deepEqual(again.labels, model.labels);
  assert.equal(countParameters(again.weights), countParameters(model.weights));
});

test('a saved configuration names the classes and contains no code to run', () => {
  const raw = { ...model.config.raw, auto_map: { AutoModel: 'evil.Model' }, _name_or_path: '/home/me' };
  const saved = JSON.parse(
    String(modelFiles({ ...model, labels, config: { ...model.config, raw } })['config.json']![0]),
  );
  assert.deepEqual(saved.id2label, { 0: 'one', 1: 'two', 2: 'three' });
  assert.deepEqual(saved.label2id, { one: 0, two: 1, three: 2 });
  assert.deepEqual(saved.architectures, ['Wav2Vec2ForSequenceClassification']);
  assert.equal(saved.auto_map, undefined);
  assert.equal(saved._name_or_path, undefined);
});

test('a bare encoder with the old names of weight normalisation gives the same weights, and a new head', async () => {
  const renamed = Object.entries(without(/^(projector|classifier)/)).map(([name, weight]) => {
    const old = name
      .replace('parametrizations.weight.original0', 'weight_g')
      .replace('parametrizations.weight.original1', 'weight_v');
    return [old.replace(/^wav2vec2\./, ''), weight];
  });
  const extra = { 'quantizer.codevectors': { shape: [1], data: new Float32Array(1) } };
  const loaded = await loadModel(checkpoint({ ...Object.fromEntries(renamed), ...extra }), {
    labels,
    seed: 1,
  });
  const head = ['projector.weight', 'projector.bias', 'classifier.weight', 'classifier.bias'];
  assert.deepEqual(loaded.missing, head);
  assert.deepEqual(loaded.unexpected, ['quantizer.codevectors']);
  for (const [name, weight] of Object.entries(without(/^(projector|classifier)/))) {
    assert.deepEqual(loaded.weights[name], weight, name);
  }
  assert.deepEqual(loaded.weights['classifier.weight']!.shape, [3, 8]);
  assert.ok(loaded.weights['classifier.bias']!.data.every((value) => value === 0));
  assert.deepEqual(
    loaded.weights['classifier.weight'],
    (await loadModel(checkpoint(model.weights), { labels, seed: 1, fromScratch: true })).weights[
      'classifier.weight'
    ],
  );
});

test('a head of another size is refused, or initialized anew if requested', async () => {
  await assert.rejects(
    loadModel(checkpoint(model.weights), { labels }),
    (error) =>
      error instanceof EtudeError &&
      /classifier\.weight/.test(error.message) &&
      /ignore_mismatched_sizes/.test(error.hint!),
  );
  const loaded = await loadModel(checkpoint(model.weights), { labels, ignoreMismatchedSizes: true });
  assert.deepEqual(
    loaded.mismatched.map(({ name }) => name),
    ['classifier.weight', 'classifier.bias'],
  );
  assert.deepEqual(loaded.weights['projector.weight'], model.weights['projector.weight']);
});

test('a model without a head cannot classify', async () => {
  await assert.rejects(loadModel(checkpoint(without(/^classifier/))), /classifier is incomplete/);
});

test('a checkpoint of something else is refused', async () => {
  await assert.rejects(
    loadModel(checkpoint({ other: { shape: [1], data: new Float32Array(1) } }), { labels }),
    /no tensor of the checkpoint fits/,
  );
});

test('random weights have the same standard deviations as in transformers', async () => {
  const { weights } = await loadModel(checkpoint(model.weights), { labels, fromScratch: true, seed: 3 });
  const spread = (name: string) => {
    const { data } = weights[name]!;
    return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  };
  assert.ok(
    Math.abs(spread('wav2vec2.encoder.layers.0.feed_forward.intermediate_dense.weight') - 0.2) < 0.03,
  );
  assert.ok(
    Math.abs(spread('wav2vec2.feature_extractor.conv_layers.1.conv.weight') - Math.sqrt(2 / 24)) < 0.05,
  );
  assert.ok(weights['wav2vec2.encoder.layer_norm.weight']!.data.every((value) => value === 1));
  // g is the norm of v, so that the kernel starts as v.
  const { data: gain } = weights['wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original0']!;
  const { data: direction } =
    weights['wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original1']!;
  const first = Math.sqrt(
    direction.reduce((sum, value, index) => sum + (index % 8 === 0 ? value * value : 0), 0),
  );
  assert.ok(Math.abs(gain[0]! - first) < 1e-6);
});

test('shards are read through their index; a shard elsewhere is refused', async () => {
  const config = filesOf('group-norm').find(({ name }) => name === 'config.json')!;
  const parts = {
    'model-1.safetensors': without(/encoder/),
    'model-2.safetensors': Object.fromEntries(
      Object.entries(model.weights).filter(([name]) => /encoder/.test(name)),
    ),
  };
  const files = [config];
  const weight_map: Record<string, string> = {};
  for (const [name, tensors] of Object.entries(parts)) {
    const path = join(folder, name);
    writeFileSync(path, Buffer.concat(formatSafetensors(tensors)));
    files.push({ name, path });
    for (const tensor of Object.keys(tensors)) weight_map[tensor] = name;
  }
  const index = join(folder, 'index.json');
  const write = (map: object) => writeFileSync(index, JSON.stringify({ weight_map: map }));
  write(weight_map);
  const all = [...files, { name: 'model.safetensors.index.json', path: index }];
  assert.deepEqual((await loadModel(all)).weights, model.weights);
  write({ ...weight_map, evil: '../../secret.safetensors' });
  await assert.rejects(loadModel(all), /not a plain file name/);
});
