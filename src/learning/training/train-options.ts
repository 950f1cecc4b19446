import type { Progress } from '../../stage/stage-type.js';
import type { Model } from '../model/model.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';

export interface TrainOptions {
  /** Trained in place. */
  model: Model;
  args: TrainingArguments;
  train: Examples;
  /** For evaluations during training; needed where `evaluates(args)`. */
  evaluation?: Examples;
  /** Folder for training states; an interrupted training continues from the newest in it. */
  scratch: string;
  signal: AbortSignal;
  progress(progress: Progress): void;
  log(level: 'info' | 'warning', text: string): void;
}
