import type { TrainParams } from '../../stage/params.js';
import type { OwnMetrics } from './own-metrics.js';
import type { PUSHING } from './push-checks.js';

/**
 * Training parameters by the names, and with the meaning, of transformers' `TrainingArguments` (and
 * `EarlyStoppingCallback`).
 */
export type TrainingArguments = Omit<
  TrainParams,
  | 'model'
  | 'config'
  | 'initial_weights'
  | 'ignore_mismatched_sizes'
  | 'train_split'
  | 'eval_split'
  | 'label_column'
  | 'input_column'
  | 'save_only_model'
  | 'report_to'
  | 'logging_dir'
  | (typeof PUSHING)[number]
> & {
  /** Loaded, those of `metrics` that are modules. */
  ownMetrics?: OwnMetrics;
};

/** A parameter that does not fit the others. */
export interface ArgumentProblem {
  param: keyof TrainingArguments;
  message: string;
  expected?: string;
  got?: string;
  hint?: string;
}
