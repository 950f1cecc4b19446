import * as tf from './core.js';
import { readInto } from './read-into.js';

/**
 * A computation that can be run again without being traced: on the same input arrays, with their current
 * content.
 */
export interface Recording {
  /** Whether it can still be run; otherwise it must be traced again. */
  isOpen(): boolean;
  /** Computes the traced tensors into these arrays, in their order. */
  run(targets: readonly Float32Array[]): void;
}

/** A back end that records what it ran (see `onnxruntime/backend.ts`). */
interface RecordingBackend {
  recordInto?(trace: () => object[], targets: readonly Float32Array[]): Recording | undefined;
}

/**
 * Traces float tensors and computes them into arrays of their sizes, like `readInto`, and disposes of them.
 *
 * @returns A recording that computes them again, or undefined if the engine must trace each time.
 */
export function recordInto(
  trace: () => tf.Tensor[],
  targets: readonly Float32Array[],
): Recording | undefined {
  const backend = tf.backend() as RecordingBackend;
  let tensors: tf.Tensor[] = [];
  try {
    if (backend.recordInto !== undefined) {
      return backend.recordInto(() => {
        tensors = trace();
        return tensors.map(({ dataId }) => dataId);
      }, targets);
    }
    tensors = trace();
    readInto(tensors, targets);
    return undefined;
  } finally {
    tf.dispose(tensors);
  }
}
