import { readInto } from '../../engine/read-into.js';
import * as tf from '../../engine/tf.js';
import { type Kernels, kernelsOf } from '../model/kernels.js';
import type { Model } from '../model/model.js';
import type { Batch } from './collate.js';
import { logitsOf, withWeights } from './forward.js';
import { copyBatch, Replays } from './replays.js';

/** A kernel where graphs find it. */
interface Kept {
  data: Float32Array;
  shape: [number, number, number];
}

/** Logits of batches outside training, one graph on the engine. */
export class LogitsGraph {
  readonly #model: Model;
  readonly #replays = new Replays<Batch>();
  #kernels: Kept[] = [];

  /** @param model Its weights are read where they lie each time. */
  constructor(model: Model) {
    this.#model = model;
  }

  /** Recomputes what is computed from the weights alone and kept: to be called once they have changed. */
  renew(): void {
    const kernels = withWeights(this.#model, (weights) =>
      tf.tidy(() => {
        const { features, position } = kernelsOf(weights, this.#model.config);
        return [...features, position];
      }),
    );
    if (this.#kernels.length === 0)
      this.#kernels = kernels.map(({ shape, size }) => ({ data: new Float32Array(size), shape }));
    readInto(
      kernels,
      this.#kernels.map(({ data }) => data),
    );
    tf.dispose(kernels);
  }

  /** The logits of a batch, [clips, classes]. */
  compute(batch: Batch): Float32Array {
    if (this.#kernels.length === 0) this.renew();
    const { labels } = this.#model;
    const logits = new Float32Array(batch.inputs.shape[0] * labels.length);
    const forward = {
      trace: () => withWeights(this.#model, (weights) => [tf.tidy(() => this.#logits(weights, batch))]),
      fed: () => batch,
      refill: (fed: Batch) => copyBatch(batch, fed),
    };
    this.#replays.compute(batch, forward, [logits]);
    return logits;
  }

  #logits(weights: Record<string, tf.Tensor>, batch: Batch): tf.Tensor2D {
    const made = this.#kernels.map(({ data, shape }) => tf.tensor3d(data, shape));
    const kernels: Kernels = { features: made.slice(0, -1), position: made.at(-1)! };
    return logitsOf(weights, this.#model.config, batch, { kernels });
  }
}
