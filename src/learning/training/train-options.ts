import type { Progress } from '../../stage/stage-type.js';
import type { Model } from '../model/model.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';
import type { ActivationCacheOptions } from './frozen/activation-cache-options.js';
import type { Tracker } from './trackers/tracker.js';

export interface TrainOptions {
  /** Trained in place. */
  model: Model;
  args: TrainingArguments;
  train: Examples;
  /** For evaluations during training; required if `evaluates(args)`. */
  evaluation?: Examples;
  /** Folder for training states; an interrupted training continues from its newest state. */
  scratch: string;
  /**
   * Where the output of the frozen part is cached, once per clip. Without it, that is recomputed in every
   * step, with the same numbers except for rounding.
   */
  store?: ActivationCacheOptions;
  /** Called with the number of clips whose frozen part was just computed. */
  onComputed?(clips: number): void;
  trackers?: readonly Tracker[];
  signal: AbortSignal;
  progress(progress: Progress): void;
  log(level: 'info' | 'warning', text: string): void;
}
