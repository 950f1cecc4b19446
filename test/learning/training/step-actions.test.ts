import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  argumentProblems,
  bestMetric,
  countSteps,
  greaterIsBetter,
} from '../../../src/learning/training/argument-checks.js';
import type { TrainingArguments } from '../../../src/learning/training/argument-types.js';
import { noteEvaluation } from '../../../src/learning/training/best-model.js';
import { afterEpoch, afterStep } from '../../../src/learning/training/step-actions.js';
import { initialState } from '../../../src/learning/training/training-state.js';
import { defaults } from '../../support/training-setting.js';

const given = (changes: Partial<TrainingArguments>) => ({ ...defaults, ...changes });

describe('steps are counted as the Trainer counts them', () => {
  it('an uneven last batch and an uneven last update count', () => {
    const args = given({ per_device_train_batch_size: 4, gradient_accumulation_steps: 2 });
    assert.deepEqual(countSteps(450, args), { batches: 113, updates: 57, maxSteps: 171, epochs: 3 });
  });
  it('a fraction of an epoch', () => {
    assert.deepEqual(countSteps(80, given({ num_train_epochs: 1.25 })), {
      batches: 10,
      updates: 10,
      maxSteps: 13,
      epochs: 2,
    });
  });
  it('max_steps takes precedence over epochs', () => {
    assert.deepEqual(countSteps(80, given({ max_steps: 25 })), {
      batches: 10,
      updates: 10,
      maxSteps: 25,
      epochs: 3,
    });
  });
  it('dropping the last batch can leave none', () => {
    assert.equal(countSteps(15, given({ dataloader_drop_last: true })).batches, 1);
    assert.throws(() => countSteps(7, given({ dataloader_drop_last: true })), /not a single full batch/);
  });
});

describe('the flow of logging, evaluating and saving', () => {
  const steps = (args: TrainingArguments, kind: 'log' | 'evaluate' | 'save') =>
    Array.from({ length: 10 }, (_, index) => index + 1).filter((step) => afterStep(step, 10, args)[kind]);
  it('by steps, the last one included', () => {
    const args = given({
      logging_steps: 4,
      logging_first_step: true,
      eval_strategy: 'steps',
      eval_steps: 3,
      save_steps: 6,
    });
    assert.deepEqual(steps(args, 'log'), [1, 4, 8]);
    assert.deepEqual(steps(args, 'evaluate'), [3, 6, 9, 10]);
    assert.deepEqual(steps(args, 'save'), [6, 10]);
  });
  it('evaluation defaults to the logging interval, and waits for its delay', () => {
    const args = given({ logging_steps: 2, eval_strategy: 'steps', eval_delay: 5 });
    assert.deepEqual(steps(args, 'evaluate'), [6, 8, 10]);
  });
  it('an interval below 1 is a fraction of all steps', () => {
    assert.deepEqual(steps(given({ logging_steps: 0.25 }), 'log'), [3, 6, 9]);
  });
  it('by epoch', () => {
    const args = given({
      logging_strategy: 'epoch',
      eval_strategy: 'epoch',
      save_strategy: 'epoch',
      eval_delay: 2,
    });
    assert.deepEqual(steps(args, 'log').concat(steps(args, 'evaluate'), steps(args, 'save')), []);
    assert.deepEqual(afterEpoch(1, args), { log: true, evaluate: false, save: true });
    assert.deepEqual(afterEpoch(2, args), { log: true, evaluate: true, save: true });
  });
});

describe('the best model and early stopping', () => {
  const follow = (values: number[], changes: Partial<TrainingArguments>) => {
    const args = given({ save_strategy: 'epoch', ...changes });
    const state = initialState([0, 0, 0, 1]);
    return values.map((value, index) => {
      state.global_step = index + 1;
      noteEvaluation(state, { loss: value, accuracy: value }, args);
      return [state.best_global_step, state.stopped];
    });
  };
  it('by default the best loss is the lowest, and the best of other metrics the highest', () => {
    assert.equal(bestMetric(given({ load_best_model_at_end: true })), 'loss');
    assert.equal(bestMetric(given({ metric_for_best_model: 'eval_accuracy' })), 'accuracy');
    assert.equal(greaterIsBetter(given({ metric_for_best_model: 'eval_loss' })), false);
    assert.deepEqual(
      follow([3, 1, 2], { metric_for_best_model: 'loss' }).map(([best]) => best),
      [1, 2, 2],
    );
    assert.deepEqual(
      follow([1, 3, 3], { metric_for_best_model: 'accuracy' }).map(([best]) => best),
      [1, 2, 2],
    );
    assert.deepEqual(
      follow([1, 3], { metric_for_best_model: 'accuracy', greater_is_better: false }).map(([best]) => best),
      [1, 1],
    );
  });
  it('stops after a number of evaluations without enough improvement', () => {
    const stopped = (threshold: number) =>
      follow([0.5, 0.6, 0.61, 0.6, 0.62], {
        metric_for_best_model: 'accuracy',
        early_stopping_patience: 2,
        early_stopping_threshold: threshold,
      }).map(([, stop]) => stop);
    assert.deepEqual(stopped(0), [false, false, false, false, false]);
    assert.deepEqual(stopped(0.05), [false, false, false, true, true]);
  });
});

describe('arguments that do not fit each other are reported all at once', () => {
  const params = (changes: Partial<TrainingArguments>) =>
    argumentProblems(given(changes)).map(({ param }) => param);
  it('none by default', () => assert.deepEqual(params({}), []));
  it('the best model needs saved evaluations', () => {
    assert.deepEqual(params({ load_best_model_at_end: true }), ['load_best_model_at_end']);
    assert.deepEqual(
      params({ load_best_model_at_end: true, eval_strategy: 'epoch', save_strategy: 'epoch' }),
      [],
    );
    assert.deepEqual(
      params({ load_best_model_at_end: true, eval_strategy: 'steps', eval_steps: 3, save_steps: 10 }),
      ['save_steps'],
    );
  });
  it('intervals are integers, or fractions', () => {
    assert.deepEqual(params({ logging_steps: 2.5, save_steps: 0.5 }), ['logging_steps']);
    const best = { load_best_model_at_end: true, eval_strategy: 'steps', eval_steps: 0.1 } as const;
    assert.deepEqual(params({ ...best, save_steps: 0.3 }), []);
    assert.deepEqual(params({ ...best, save_steps: 0.25 }), ['save_steps']);
  });
  it('early stopping needs a metric and evaluations; a schedule must fall; a metric must exist', () => {
    assert.deepEqual(
      params({
        early_stopping_patience: 2,
        lr_scheduler_type: 'polynomial',
        lr_scheduler_kwargs: { lr_end: 1 },
        metric_for_best_model: 'wer',
      }),
      ['metric_for_best_model', 'early_stopping_patience', 'lr_scheduler_kwargs'],
    );
  });
});
