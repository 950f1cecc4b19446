import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dropHarmless } from '../../../src/pipeline/recipe/harmless-params.js';
import { schemaMistakes } from '../../../src/pipeline/recipe/schema-mistakes.js';
import { compileSchema } from '../../../src/schema/validator.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/stages/train.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const words = {
  unknown: (_path: unknown, key: string) => `unknown '${key}'`,
  missing: (_path: unknown, key: string) => `missing '${key}'`,
  subject: (path: unknown) => String(path),
};

async function mistakesOf(given: Record<string, unknown>) {
  const params = { model: 'm', ...given };
  dropHarmless(params, schema);
  const validate = await compileSchema(schema);
  return schemaMistakes(validate(params), schema, words).map(({ path, message, expected }) => ({
    path: path.join('.'),
    message,
    expected,
  }));
}

test('arguments without any effect are accepted, and are not parameters', async () => {
  const everyday = { fp16: false, optim: 'adamw_torch', bf16: false };
  const more = { remove_unused_columns: false, dataloader_num_workers: 0 };
  for (const given of [everyday, more, { hub_token: null, save_safetensors: true }]) {
    assert.deepEqual(await mistakesOf(given), []);
    const params = { model: 'm', ...given };
    dropHarmless(params, schema);
    assert.deepEqual(params, { model: 'm' });
  }
});

test('other values are refused with the reason, and what would be accepted', async () => {
  const [fp16, optim, project] = await mistakesOf({ fp16: true, optim: 'adafactor', project: 'mine' });
  assert.match(fp16!.message, /unknown 'fp16': every engine trains in float32/);
  assert.equal(fp16!.expected, 'nothing, or false');
  assert.match(optim!.message, /AdamW is the only optimiser/);
  assert.equal(optim!.expected, 'nothing, or "adamw_torch_fused" or "adamw_torch"');
  assert.match(project!.message, /trainer_state\.json/);
  assert.equal((await mistakesOf({ fp16: 0 })).length, 1);
  assert.equal((await mistakesOf({ optim: 'sgd' })).length, 1);
});

test('an argument that belongs elsewhere has a reason that says where', async () => {
  const reasons: [Record<string, unknown>, RegExp][] = [
    [{ num_labels: 3 }, /label column/],
    [{ id2label: { 0: 'a' } }, /label column/],
    [{ config: { problem_type: 'regression' } }, /parameter of the stage/],
    [{ compute_metrics: 'f' }, /accuracy, f1_macro/],
    [{ callbacks: [] }, /early_stopping_patience/],
    [{ freeze_encoder: true }, /freeze_layers/],
    [{ hidden_dropout: 0.2 }, /config: \{ hidden_dropout: … \}/],
    [{ mask_time_prob: 0.2 }, /config: \{ mask_time_prob: … \}/],
    [{ config: { num_labels: 3 } }, /label column/],
    [{ config: { hidden_size: 3 } }, /another checkpoint/],
  ];
  for (const [given, reason] of reasons) {
    const mistakes = await mistakesOf(given);
    assert.equal(mistakes.length, 1, JSON.stringify(given));
    assert.match(mistakes[0]!.message, reason);
  }
});

test('the configuration is checked by type and range', async () => {
  assert.deepEqual(
    await mistakesOf({ config: { mask_time_prob: 0.2, layerdrop: 0, apply_spec_augment: false } }),
    [],
  );
  const wrong = { attention_dropout: 1.5, mask_time_length: 0, apply_spec_augment: 'no', hiden_dropout: 0.1 };
  const paths = (await mistakesOf({ config: wrong })).map(({ path }) => path).sort();
  assert.deepEqual(
    paths,
    Object.keys(wrong)
      .map((key) => `config.${key}`)
      .sort(),
  );
});
