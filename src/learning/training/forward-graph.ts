import { readInto } from '../../engine/read-into.js';
import * as tf from '../../engine/tf.js';
import { type Kernels, kernelsOf } from '../model/conv-kernels.js';
import type { Model } from '../model/model.js';
import type { Batch } from './collate.js';
import { copyBatch, Replays } from './replays.js';
import { withWeights } from './upload-weights.js';

/** A kernel where graphs find it. */
interface Kept {
  data: Float32Array;
  shape: [number, number, number];
}

/** What is computed of batches outside training, one graph on the engine. */
export abstract class ForwardGraph {
  readonly #model: Model;
  readonly #replays = new Replays<Batch>();
  #kernels: Kept[] = [];
  #isRenewed = false;

  /** @param model Its weights are read where they lie each time. */
  constructor(model: Model) {
    this.#model = model;
  }

  /** Builds the result of a batch. */
  protected abstract build(weights: Record<string, tf.Tensor>, batch: Batch, kernels: Kernels): tf.Tensor;

  /** How many numbers it has. */
  protected abstract size(batch: Batch): number;

  /** Recomputes what is computed from the weights alone and kept: to be called once they have changed. */
  renew(): void {
    const kernels = withWeights(this.#model, (weights) =>
      tf.tidy(() => {
        const { features, positions } = kernelsOf(weights, this.#model.config);
        return [...features, ...positions];
      }),
    );
    if (this.#kernels.length === 0)
      this.#kernels = kernels.map(({ shape, size }) => ({ data: new Float32Array(size), shape }));
    readInto(
      kernels,
      this.#kernels.map(({ data }) => data),
    );
    tf.dispose(kernels);
    this.#isRenewed = true;
  }

  /** The result of a batch. */
  compute(batch: Batch): Float32Array {
    if (!this.#isRenewed) this.renew();
    const result = new Float32Array(this.size(batch));
    const forward = {
      trace: () => withWeights(this.#model, (weights) => [tf.tidy(() => this.#build(weights, batch))]),
      fed: () => batch,
      refill: (fed: Batch) => copyBatch(batch, fed),
    };
    this.#replays.compute(batch, forward, [result]);
    return result;
  }

  #build(weights: Record<string, tf.Tensor>, batch: Batch): tf.Tensor {
    const made = this.#kernels.map(({ data, shape }) => tf.tensor3d(data, shape));
    const layers = this.#model.config.conv_dim.length;
    return this.build(weights, batch, { features: made.slice(0, layers), positions: made.slice(layers) });
  }
}
