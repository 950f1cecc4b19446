import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shortestClip } from '../../../src/learning/audio/shortest-clip.js';
import {
  frameCount,
  inputShape,
  numLabels,
  receptiveField,
  shortestInput,
} from '../../../src/learning/model/config.js';
import { FAMILIES } from '../../../src/learning/model/families/index.js';
import { loadConfig } from '../../../src/learning/model/load-config.js';
import { classifierParameters } from '../../../src/learning/model/parameters.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import { EtudeError } from '../../../src/util/errors.js';
import { filesOf, fixtures, reference } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

const base = parseConfig({ model_type: 'wav2vec2' });

test('absent values default as in transformers: wav2vec2-base has 94,572,174 parameters with 14 labels', () => {
  const count = classifierParameters(base, 14).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  assert.equal(count, 94_572_174);
  assert.equal(frameCount(base, 16000), 49);
  assert.equal(receptiveField(base), 400);
  assert.equal(numLabels(base), 2);
});

for (const name of ['group-norm', 'stable-layer-norm', 'weighted-sum', 'hubert']) {
  test(`the parameters of '${name}' are those that transformers saved`, async () => {
    const { model } = await reference(name);
    assert.deepEqual(model.missing, []);
    assert.deepEqual(model.unexpected, []);
    const file = filesOf(name).find((one) => one.name === 'config.json')!;
    assert.equal(parseConfig(JSON.parse(readFileSync(file.path, 'utf8'))).hidden_size, 16);
  });
}

const architectures = JSON.parse(
  readFileSync(join(fixtures, 'architectures', 'expected.json'), 'utf8'),
) as Record<string, { config: object; parameters: number; tensors: number; digest: string }>;
for (const [name, expected] of Object.entries(architectures)) {
  test(`${name} has the same parameters as in transformers, in the same shapes`, () => {
    const specs = classifierParameters(parseConfig(expected.config), 14);
    assert.equal(specs.length, expected.tensors);
    const size = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);
    assert.equal(
      specs.reduce((sum, { shape }) => sum + size(shape), 0),
      expected.parameters,
    );
    const lines = specs.map(({ name, shape }) => `${name} [${shape}]`).sort();
    assert.equal(createHash('sha256').update(lines.join('\n')).digest('hex'), expected.digest);
  });
}

const wrong: [Record<string, unknown>, RegExp][] = [
  [{ model_type: 'bert' }, /model_type 'bert' is not a family of audio classifiers/],
  [{ model_type: 'vit' }, /model_type 'vit' is not a family of audio classifiers/],
  [{ model_type: 'sew-d' }, /model_type 'sew-d' is not supported/],
  [{ model_type: 'wav2vec2-bert', add_adapter: true }, /does not support adapters/],
  [{ model_type: 'wav2vec2-bert', use_intermediate_ffn_before_adapter: true }, /does not support adapters/],
  [{ model_type: 'wav2vec2-bert', left_max_position_embeddings: 1e9 }, /left_max_position_embeddings/],
  [{ model_type: 'constructor' }, /model_type 'constructor' is not/],
  [{ model_type: 7 }, /model_type 7 is not/],
  [{}, /no model_type/],
  [{ model_type: 'wavlm', num_buckets: 320, max_bucket_distance: 80 }, /max_bucket_distance/],
  [{ model_type: 'data2vec-audio', conv_pos_kernel_size: 0 }, /conv_pos_kernel_size/],
  [{ model_type: 'wav2vec2', hidden_size: '768' }, /hidden_size/],
  [{ model_type: 'wav2vec2', hidden_dropout: 1.5 }, /hidden_dropout/],
  [{ model_type: 'wav2vec2', hidden_act: 'constructor' }, /hidden_act/],
  [{ model_type: 'wav2vec2', conv_dim: [8, 8] }, /same length/],
  [{ model_type: 'wav2vec2', num_attention_heads: 7 }, /multiple of num_attention_heads/],
  [{ model_type: 'wav2vec2', add_adapter: true }, /adapters/],
  [{ model_type: 'wav2vec2', num_hidden_layers: 1e9 }, /num_hidden_layers/],
  [{ model_type: 'wav2vec2', hidden_size: 2 ** 40, num_attention_heads: 8 }, /hidden_size/],
  [{ model_type: 'wav2vec2', conv_dim: [1e12] }, /conv_dim/],
  [{ model_type: 'wav2vec2', num_labels: 1e9 }, /num_labels/],
  [{ model_type: 'wav2vec2-conformer', conv_depthwise_kernel_size: 4 }, /must be odd/],
  [{ model_type: 'wav2vec2-conformer', position_embeddings_type: 'absolute' }, /position_embeddings_type/],
  [
    { model_type: 'wav2vec2-conformer', position_embeddings_type: 'rotary', num_attention_heads: 256 },
    /even multiple/,
  ],
  [{ model_type: 'hubert', conv_pos_batch_norm: true }, /batch normalisation/],
];
for (const [raw, message] of wrong) {
  test(`refused: ${JSON.stringify(raw)}`, () => {
    assert.throws(() => parseConfig(raw), message);
  });
}

test('the shortest clip of a model is known from its file alone', async () => {
  const file = join(tempFolder('shortest-'), 'config.json');
  for (const model_type of Object.keys(FAMILIES)) {
    writeFileSync(file, JSON.stringify({ model_type }));
    const config = parseConfig({ model_type });
    // What these take is the feature extractor's affair.
    const expected = inputShape(config) === undefined ? shortestInput(config) : undefined;
    assert.equal(await shortestClip(file), expected, model_type);
  }
});

test('a family that is not there is refused with those that are', () => {
  assert.throws(
    () => parseConfig({ model_type: 'sew-d' }),
    (error) => error instanceof EtudeError && error.expected === `one of ${Object.keys(FAMILIES).join(', ')}`,
  );
});

test('null and unknown keys are ignored, as in transformers', () => {
  const config = parseConfig({
    model_type: 'wav2vec2',
    hidden_size: null,
    mask_channel_prob: 'x',
    feat_extract_dropout: 0,
  });
  assert.equal(config.hidden_size, 768);
});

test('a byte order mark at the start of config.json is ignored', async () => {
  const path = join(tempFolder('config'), 'config.json');
  writeFileSync(path, '\ufeff{"model_type": "wav2vec2", "hidden_size": 48}');
  assert.equal((await loadConfig([{ name: 'config.json', path }])).hidden_size, 48);
});
