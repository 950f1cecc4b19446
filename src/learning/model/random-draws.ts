import * as tf from '../../engine/tf.js';
import type { Random } from '../../random/random.js';

/** An array that a forward pass used, and how to fill it again. */
export interface Draw {
  array: Float32Array;
  fill(array: Float32Array): void;
}

/**
 * What a forward pass in training draws at random: dropout masks, SpecAugment's spans, dropped layers. All of
 * it is passed as arrays, so that every step has the same graph, and a step that was traced once can be
 * replayed with arrays that `redraw` has refilled. Steps share the memory of their arrays: it is reused after
 * `nextStep`.
 */
export class RandomDraws {
  readonly random: Random;
  /** Layers that layerdrop skipped since the last `nextStep`: the step leaves their parameters out. */
  droppedLayers: number[] = [];
  /**
   * Mean and variance of each batch normalisation's input, by its name, in the step that was traced last; to
   * be disposed of by who takes them.
   */
  readonly measured = new Map<string, readonly [mean: tf.Tensor, variance: tf.Tensor]>();
  /** What was drawn since the last `nextStep`, in order. */
  drawn: Draw[] = [];
  /** How often an array was too small for a step and was replaced by a larger one. */
  replaced = 0;
  #buffers: Float32Array[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /**
   * An array that `fill` fills, now and whenever the step is replayed. Before that it contains zeros or an
   * earlier step's numbers.
   */
  array(size: number, fill: Draw['fill']): Float32Array {
    const array = this.#buffer(size);
    this.drawn.push({ array, fill });
    fill(array);
    return array;
  }

  /** `nn.Dropout` in training: zeroes with the given probability and scales what is kept. */
  dropout<T extends tf.Tensor>(x: T, probability: number): T {
    if (probability === 0) return x;
    const mask = this.array(x.size, (array) => this.random.fillDropout(array, array.length, probability));
    return tf.mul(x, tf.tensor(mask, x.shape, 'float32')) as T;
  }

  /**
   * Draws again for a step what an earlier one drew, in the same order from the same generator, as if it were
   * traced again.
   */
  redraw(draws: readonly Draw[]): void {
    for (const { array, fill } of draws) fill(array);
  }

  /** Marks the last step as computed: its arrays may be overwritten. */
  nextStep(): void {
    this.drawn = [];
    this.droppedLayers = [];
  }

  #buffer(size: number): Float32Array {
    const index = this.drawn.length;
    const old = this.#buffers[index];
    if (old !== undefined && old.length >= size) return old.subarray(0, size);
    if (old !== undefined) this.replaced += 1;
    const buffer = new Float32Array(size);
    this.#buffers[index] = buffer;
    return buffer;
  }
}

/** Dropout in a forward pass: none during evaluation. */
export function dropout<T extends tf.Tensor>(x: T, probability: number, draws: RandomDraws | undefined): T {
  return draws === undefined ? x : draws.dropout(x, probability);
}
