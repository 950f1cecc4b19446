import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { argumentProblems, greaterIsBetter } from '../../../src/learning/training/argument-checks.js';
import type { TrainingArguments } from '../../../src/learning/training/argument-types.js';
import { defaults } from '../../support/training-setting.js';

const json = (path: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8'));

/**
 * Every argument of transformers' `TrainingArguments` and its default: see test/fixtures/training/make.py.
 */
const theirs: Record<string, unknown> = json('../../fixtures/training/arguments.json');
const schema: {
  properties: Record<string, { default?: unknown }>;
  'x-unsupported': Record<string, string>;
  'x-harmless': Record<string, unknown[]>;
} = json('../../../schemas/stages/train.schema.json');

/**
 * Those that transformers has elsewhere: the stage's inputs, what its example scripts add, early stopping,
 * arguments of version 4, weights in the loss, metrics.
 */
const OWN = [
  'model',
  'config',
  'initial_weights',
  'ignore_mismatched_sizes',
  'freeze_feature_encoder',
  'freeze_layers',
  'freeze_base_model',
  'peft',
  'label_column',
  'input_column',
  'train_split',
  'eval_split',
  'warmup_ratio',
  'early_stopping_patience',
  'early_stopping_threshold',
  'gradient_accumulation_loss',
  'problem_type',
  'class_weights',
  'focal_gamma',
  'metrics',
  'f1_average',
  'top_k',
  'logging_dir',
  'hub_license',
  'hub_language',
];

/**
 * Arguments whose defaults differ here: where the model goes, how it is logged, what happens to a loss that
 * is not a number.
 */
const DIFFERENT = ['output_dir', 'run_name', 'project', 'hub_strategy', 'debug', 'logging_nan_inf_filter'];

describe("the training arguments are transformers'", () => {
  it('each one is either a parameter or has a reason why it is not', () => {
    const unknown = Object.keys(theirs).filter(
      (name) => !(name in schema.properties) && !(name in schema['x-unsupported']),
    );
    assert.deepEqual(unknown, []);
    assert.deepEqual(
      Object.keys(schema.properties).filter((name) => name in schema['x-unsupported']),
      [],
    );
  });

  it('with their defaults', () => {
    for (const [name, { default: value }] of Object.entries(schema.properties)) {
      if (OWN.includes(name) || name === 'revision') continue;
      assert.ok(name in theirs, name);
      const empty = name === 'lr_scheduler_kwargs' ? {} : undefined;
      assert.deepEqual(value, theirs[name] ?? empty, name);
    }
  });

  it('arguments that do not apply here may be given with their defaults', () => {
    const { 'x-unsupported': reasons, 'x-harmless': harmless } = schema;
    for (const name of Object.keys(theirs)) {
      if (!(name in reasons) || DIFFERENT.includes(name)) continue;
      assert.ok(
        harmless[name]?.some((value) => value === theirs[name]),
        name,
      );
    }
    assert.deepEqual(
      Object.keys(harmless).filter((name) => !(name in reasons)),
      [],
    );
  });

  it('and the tests start from them', () => {
    for (const [name, value] of Object.entries(defaults)) {
      assert.deepEqual(value, schema.properties[name]!.default, name);
    }
  });
});

describe('arguments that do not fit each other', () => {
  const problems = (changes: Partial<TrainingArguments>) =>
    argumentProblems({ ...defaults, ...changes }).map(({ param, message }) => `${param}: ${message}`);
  const kwargs = (
    lr_scheduler_type: TrainingArguments['lr_scheduler_type'],
    lr_scheduler_kwargs: TrainingArguments['lr_scheduler_kwargs'],
    more: Partial<TrainingArguments> = {},
  ) => problems({ lr_scheduler_type, lr_scheduler_kwargs, ...more });

  it('options of another schedule', () => {
    assert.deepEqual(kwargs('linear', { num_cycles: 2 }), [
      "lr_scheduler_kwargs: linear has no option 'num_cycles'",
    ]);
    assert.deepEqual(kwargs('cosine', { num_cycles: 2 }), []);
  });

  it("a schedule's own length, for schedules that end, and only after the warm-up", () => {
    for (const type of ['linear', 'cosine', 'polynomial'] as const)
      assert.deepEqual(kwargs(type, { num_training_steps: 9 }, { warmup_ratio: 0.5 }), []);
    for (const type of ['constant', 'constant_with_warmup', 'inverse_sqrt'] as const)
      assert.deepEqual(kwargs(type, { num_training_steps: 9 }), [
        `lr_scheduler_kwargs: ${type} has no option 'num_training_steps'`,
      ]);
    assert.match(
      kwargs('linear', { num_training_steps: 9 }, { warmup_steps: 9 })[0]!,
      /must be greater than/,
    );
  });

  it('options that a schedule needs', () => {
    assert.match(kwargs('warmup_stable_decay', {})[0]!, /needs num_decay_steps/);
    assert.match(kwargs('cosine_with_min_lr', {})[0]!, /needs either min_lr or min_lr_rate/);
    assert.match(kwargs('cosine_with_min_lr', { min_lr: 0, min_lr_rate: 0 })[0]!, /needs either/);
    assert.deepEqual(kwargs('cosine_warmup_with_min_lr', { min_lr: 1e-6 }), []);
  });

  it('a plateau without evaluations, with warm-up, or that waits for the accuracy to fall', () => {
    assert.deepEqual(kwargs('reduce_lr_on_plateau', {}, { warmup_ratio: 0.1 }), [
      'lr_scheduler_type: reduce_lr_on_plateau needs evaluations',
      'lr_scheduler_type: reduce_lr_on_plateau has no warm-up',
    ]);
    const accuracy = { eval_strategy: 'epoch', metric_for_best_model: 'accuracy' } as const;
    assert.match(kwargs('reduce_lr_on_plateau', {}, accuracy)[0]!, /accuracy should rise/);
    assert.deepEqual(kwargs('reduce_lr_on_plateau', { mode: 'max' }, accuracy), []);
    assert.deepEqual(kwargs('reduce_lr_on_plateau', {}, { eval_strategy: 'epoch' }), []);
  });

  it('an F1 without its average', () => {
    const evaluated = { ...defaults, eval_strategy: 'epoch' } as const;
    const of = (metric_for_best_model: string) => argumentProblems({ ...evaluated, metric_for_best_model });
    const [f1] = of('f1');
    assert.match(f1!.message, /unknown metric 'f1': choose how F1 is averaged/);
    assert.equal(f1!.expected, 'f1_macro, f1_weighted');
    assert.equal(of('eval_f1')[0]!.expected, 'f1_macro, f1_weighted');
    assert.equal(of('precision')[0]!.expected, 'loss, accuracy, f1_macro, f1_weighted');
    assert.deepEqual(of('eval_f1_macro'), []);
  });

  it('a metric for the best model that metrics does not name', () => {
    const judged = { ...defaults, eval_strategy: 'epoch', metric_for_best_model: 'ece' } as const;
    const [missing] = argumentProblems(judged);
    assert.equal(missing!.hint, 'Add ece to metrics.');
    assert.deepEqual(argumentProblems({ ...judged, metrics: ['ece'] }), []);
    assert.equal(greaterIsBetter(judged), false);
    assert.equal(greaterIsBetter({ ...judged, metric_for_best_model: 'roc_auc' }), true);
  });

  it('a sum of accumulated batches with label smoothing, which averages', () => {
    const sum = { gradient_accumulation_loss: 'sum' } as const;
    assert.match(problems({ ...sum, label_smoothing_factor: 0.1 })[0]!, /averages over all clips/);
    assert.deepEqual(problems(sum), []);
  });

  it('the best saved, of what', () => {
    assert.match(problems({ save_strategy: 'best' })[0]!, /needs metric_for_best_model, and evaluations/);
    const loads = { load_best_model_at_end: true, save_strategy: 'best' } as const;
    assert.deepEqual(problems({ ...loads, eval_strategy: 'steps', eval_steps: 7 }), []);
    assert.equal(problems(loads).length, 2);
  });
});
