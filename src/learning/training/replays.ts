import { type Recording, recordInto } from '../../engine/record.js';
import type * as tf from '../../engine/tf.js';
import type { Batch } from './collate.js';

/** The number of batch shapes whose computations are kept. */
const SHAPES = 32;

/** A computation on a batch, and its inputs in the graph. */
export interface Computation<Fed> {
  /** Builds the tensors, all of floats. */
  trace(): tf.Tensor[];
  /** The arrays that went into the graph, after `trace`. */
  fed(): Fed;
  /** Writes this computation's numbers into the arrays of an earlier one of the same shape. */
  refill(fed: Fed): void;
}

/**
 * Computations on batches, traced once per shape. If the engine supports it, they are then replayed: the same
 * graph on the same arrays, with other numbers in them. Both give the same bits.
 */
export class Replays<Fed> {
  readonly #known = new Map<string, { recording: Recording; fed: Fed }>();

  /** @param results Arrays for the tensors of `trace`, in their order. */
  compute(batch: Batch, computation: Computation<Fed>, results: readonly Float32Array[]): void {
    const { inputs, frames, length } = batch;
    const shape = [inputs.shape, frames && 'masked', length && 'filled up'].join();
    const known = this.#known.get(shape);
    this.#known.delete(shape);
    if (known?.recording.isOpen()) {
      computation.refill(known.fed);
      known.recording.run(results);
      this.#known.set(shape, known);
      return;
    }
    const recording = recordInto(computation.trace, results);
    if (recording === undefined) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= SHAPES) this.#known.delete(oldest!);
    this.#known.set(shape, { recording, fed: computation.fed() });
  }

  /**
   * Forgets all but the last computed shape: the others are traced again, but not compiled, when they recur.
   */
  forgetOthers(): void {
    for (const shape of [...this.#known.keys()].slice(0, -1)) this.#known.delete(shape);
  }
}

/** Copies one batch's numbers into another batch of the same shape. */
export function copyBatch(from: Batch, to: Batch): void {
  to.inputs.data.set(from.inputs.data);
  if (from.frames !== undefined) to.frames?.set(from.frames);
  if (from.length !== undefined) to.length?.set(from.length);
}
