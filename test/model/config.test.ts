import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { frameCount, numLabels, parseConfig, receptiveField } from '../../src/model/config.js';
import { classifierParameters } from '../../src/model/parameters.js';
import { filesOf, reference } from './reference.js';

const base = parseConfig({ model_type: 'wav2vec2' });

test('absent values are those of transformers: wav2vec2-base has 94,572,174 parameters with 14 labels', () => {
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

const wrong: [Record<string, unknown>, RegExp][] = [
  [{ model_type: 'bert' }, /model_type/],
  [{}, /model_type/],
  [{ model_type: 'wav2vec2', hidden_size: '768' }, /hidden_size/],
  [{ model_type: 'wav2vec2', hidden_dropout: 1.5 }, /hidden_dropout/],
  [{ model_type: 'wav2vec2', hidden_act: 'constructor' }, /hidden_act/],
  [{ model_type: 'wav2vec2', conv_dim: [8, 8] }, /same length/],
  [{ model_type: 'wav2vec2', num_attention_heads: 7 }, /multiple of num_attention_heads/],
  [{ model_type: 'wav2vec2', add_adapter: true }, /adapters/],
  [{ model_type: 'hubert', conv_pos_batch_norm: true }, /batch normalisation/],
];
for (const [raw, message] of wrong) {
  test(`refused: ${JSON.stringify(raw)}`, () => {
    assert.throws(() => parseConfig(raw), message);
  });
}

test('null and unknown keys are passed over, as transformers does', () => {
  const config = parseConfig({
    model_type: 'wav2vec2',
    hidden_size: null,
    mask_channel_prob: 'x',
    feat_extract_dropout: 0,
  });
  assert.equal(config.hidden_size, 768);
});
