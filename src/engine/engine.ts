import type { EngineName } from './engine-type.js';
import type * as tfjs from './tf.js';

/** An open engine. */
export interface Engine {
  readonly name: EngineName;
  /** Package and version that computes, such as `onnxruntime-node 1.30.0`. */
  readonly version: string;
  /**
   * `GPU`, or `CPU` with the number of threads; for `onnxruntime` on another device its name and `CPU`, which
   * does the rest.
   */
  readonly device: string;
  /** Why this engine was chosen. */
  readonly why: string;
  readonly tf: typeof tfjs;
  /** Closes the engine; its tensors are lost. */
  dispose(): Promise<void>;
}
