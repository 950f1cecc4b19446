import * as tf from '../engine/tf.js';
import type { Model } from '../model/checkpoint.js';
import type { Batch } from './collate.js';
import { logitsOf, withWeights } from './gradients.js';
import { copyBatch, Replays } from './replays.js';

/** Logits of batches outside training, one graph on the engine. */
export class LogitsGraph {
  readonly #model: Model;
  readonly #replays = new Replays<Batch>();

  /** @param model Its weights are read where they lie each time. */
  constructor(model: Model) {
    this.#model = model;
  }

  /** The logits of a batch, [clips, classes]. */
  compute(batch: Batch): Float32Array {
    const { config, labels } = this.#model;
    const logits = new Float32Array(batch.inputs.shape[0] * labels.length);
    const forward = {
      trace: () => withWeights(this.#model, (weights) => [tf.tidy(() => logitsOf(weights, config, batch))]),
      fed: () => batch,
      refill: (fed: Batch) => copyBatch(batch, fed),
    };
    this.#replays.compute(batch, forward, [logits]);
    return logits;
  }
}
