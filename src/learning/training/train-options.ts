import type { Progress } from '../../stage/stage-type.js';
import type { Model } from '../model/model.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';
import type { ActivationStore } from './frozen/activation-store.js';

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
   * Where what the frozen part makes of a clip is kept: it is computed once. Without, in every step, with the
   * same numbers but for rounding.
   */
  store?: ActivationStore;
  /** Called with the number of clips of which the frozen part was computed now. */
  onComputed?(clips: number): void;
  signal: AbortSignal;
  progress(progress: Progress): void;
  log(level: 'info' | 'warning', text: string): void;
}
