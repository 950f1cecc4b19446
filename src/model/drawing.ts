import * as tf from '../engine/tf.js';
import type { Random } from '../training/random.js';

/**
 * What a forward pass in training draws at random: dropout masks, SpecAugment's spans, dropped layers. Dropout masks come as tensors, so
 * that the graph of a step is the same at each step; their memory is used again after `nextStep`.
 */
export class Drawing {
  readonly random: Random;
  /** Layers that layerdrop skipped since the last `nextStep`: their parameters take no part in the step. */
  droppedLayers: number[] = [];
  #buffers: Float32Array[] = [];
  #used = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** `nn.Dropout` in training: zeroes with the given probability and scales what is kept. */
  dropout<T extends tf.Tensor>(x: T, probability: number): T {
    if (probability === 0) return x;
    const buffer = this.#buffer(x.size);
    this.random.fillDropout(buffer, x.size, probability);
    return tf.mul(x, tf.tensor(buffer, x.shape, 'float32')) as T;
  }

  /** Says that the last step has been computed: its masks may be overwritten. */
  nextStep(): void {
    this.#used = 0;
    this.droppedLayers = [];
  }

  #buffer(size: number): Float32Array {
    const index = this.#used;
    this.#used += 1;
    const old = this.#buffers[index];
    if (old !== undefined && old.length === size) return old;
    // A batch of another size (the last of an epoch) gets memory of its own, so that the usual one stays.
    if (old !== undefined && old.length > size) return new Float32Array(size);
    const buffer = new Float32Array(size);
    this.#buffers[index] = buffer;
    return buffer;
  }
}

/** Dropout as the forward pass sees it: none at evaluation. */
export function dropout<T extends tf.Tensor>(x: T, probability: number, drawing: Drawing | undefined): T {
  return drawing === undefined ? x : drawing.dropout(x, probability);
}
