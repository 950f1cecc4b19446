import * as tf from './core.js';

/** A back end that writes results into given arrays (see `onnxruntime/backend.ts`). */
interface ReadingBackend {
  readInto?(dataIds: readonly object[], targets: readonly Float32Array[]): void;
}

/**
 * Reads float tensors into arrays of their sizes, in one run of everything pending, without copying if the
 * engine supports that. The arrays may be changed only once the tensors are disposed of.
 */
export function readInto(tensors: readonly tf.Tensor[], targets: readonly Float32Array[]): void {
  const backend = tf.backend() as ReadingBackend;
  if (backend.readInto !== undefined) {
    backend.readInto(
      tensors.map(({ dataId }) => dataId),
      targets,
    );
    return;
  }
  tensors.forEach((tensor, i) => {
    targets[i]!.set(tensor.dataSync() as Float32Array);
  });
}
