import type { RandomState } from '../../random/random.js';
import type { PlateauState } from './reduce-on-plateau.js';

/** An entry of the log, as in the Trainer's `log_history` (without times). */
export type LogEntry = Record<string, number>;

/** The state of a training, besides weights and moments: all of it is written to `trainer_state.json`. */
export interface TrainingState {
  /** Updates done. */
  global_step: number;
  /** The epoch in progress, from 0. */
  epoch: number;
  /** Updates done in this epoch. */
  update: number;
  /**
   * What comes next: what precedes all updates, an update, or what the flow prescribes after an update or an
   * epoch.
   */
  next: 'start' | 'update' | 'after-update' | 'after-epoch' | 'nothing';
  /** Whether early stopping has triggered. */
  stopped: boolean;
  best_metric?: number;
  best_global_step?: number;
  /** Metrics of the best evaluation. */
  best_metrics?: Record<string, number>;
  /** The best evaluation among those whose weights `save_strategy` saved. */
  best_saved?: { step: number; metrics: Record<string, number> };
  /** Of `reduce_lr_on_plateau`. */
  plateau?: PlateauState;
  /** Evaluations in a row without improvement. */
  early_stopping_patience_counter: number;
  /** The last evaluation. */
  evaluation?: { epoch: number; metrics: Record<string, number> };
  /** Sum of the losses since the last log entry, and in total. */
  loss_since_log: number;
  total_loss: number;
  last_logged_step: number;
  /** Of the last update. */
  loss: number;
  grad_norm: number;
  learning_rate: number;
  log_history: LogEntry[];
  /** Generator of dropout, SpecAugment and layerdrop. */
  random: RandomState;
  /** The rest of this state as it was right after the last update: see `atLastUpdate`. */
  last_update?: AfterUpdate;
}

/** `log_entries`: how many `log_history` had. */
type AfterUpdate = Omit<TrainingState, 'log_history' | 'random' | 'last_update'> & { log_entries: number };

/** Records the state right after an update. Its fields are replaced, never changed, except `log_history`. */
export function noteUpdate(state: TrainingState): void {
  const { log_history, random: _, last_update: __, ...rest } = state;
  state.last_update = { ...rest, log_entries: log_history.length };
}

/**
 * The state right after the last update, without what only happened because the training then ended: a last
 * evaluation, say. A longer training goes through it, too. Only updates draw random numbers.
 */
export function atLastUpdate({ last_update, log_history, random }: TrainingState): TrainingState | undefined {
  if (last_update === undefined) return undefined;
  const { log_entries, ...rest } = last_update;
  return { ...rest, log_history: log_history.slice(0, log_entries), random, last_update };
}

/** The state before the first update. */
export function initialState(random: RandomState): TrainingState {
  return {
    global_step: 0,
    epoch: 0,
    update: 0,
    next: 'start',
    stopped: false,
    early_stopping_patience_counter: 0,
    loss_since_log: 0,
    total_loss: 0,
    last_logged_step: 0,
    loss: 0,
    grad_norm: 0,
    learning_rate: 0,
    log_history: [],
    random,
  };
}
