import type * as tf from '../../engine/tf.js';
import type { Kernels } from '../model/conv-kernels.js';
import type { Model } from '../model/model.js';
import type { Batch } from './collate.js';
import { logitsOf } from './forward.js';
import { ForwardGraph } from './forward-graph.js';

/** Logits of batches outside training, [clips, classes]. */
export class LogitsGraph extends ForwardGraph {
  readonly #model: Model;

  /**
   * @param model Its weights are read in place each time.
   */
  constructor(model: Model) {
    super(model);
    this.#model = model;
  }

  protected size({ inputs }: Batch): number {
    return inputs.shape[0] * this.#model.labels.length;
  }

  protected build(weights: Record<string, tf.Tensor>, batch: Batch, kernels: Kernels): tf.Tensor {
    return logitsOf(weights, this.#model.config, batch, { kernels });
  }
}
