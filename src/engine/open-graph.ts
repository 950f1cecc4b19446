import * as tf from './core.js';
import type { OpenedModel } from './onnxruntime/open-model.js';

/** Where the weights of a model are that are not in its own bytes, and what it computes. */
export interface GraphFiles {
  /** The name of the output. */
  output: string;
  folder?: string;
}

/** A back end that runs ONNX models (see `onnxruntime/backend.ts`). */
interface OpeningBackend {
  models?: { open(model: Uint8Array, files: GraphFiles): OpenedModel };
}

/**
 * What opens ONNX models, whose weights are constants, on the engine in use; undefined if it only runs what
 * it records. A model is open until it or the engine is disposed of.
 */
export function graphOpener(): ((model: Uint8Array, files: GraphFiles) => OpenedModel) | undefined {
  const { models } = tf.backend() as OpeningBackend;
  return models && ((model, files) => models.open(model, files));
}
