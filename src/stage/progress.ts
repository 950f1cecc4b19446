/** How far a stage has come. */
export interface Progress {
  done: number;
  total?: number;
  /** Plural noun: clips, rows, steps. */
  unit: string;
  /** The current activity, if the stage has several: "evaluating". */
  phase?: string;
  training?: TrainingProgress;
}

/** The same, for a training. */
export interface TrainingProgress {
  /** Fractional, as the Trainer logs it. */
  epoch: number;
  num_train_epochs: number;
  step: number;
  max_steps: number;
  loss: number;
  learning_rate: number;
  /** The last evaluation: at which epoch, and its metrics. */
  evaluation?: { epoch: number; metrics: Record<string, number> };
}
