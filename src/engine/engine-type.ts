import type { DeviceChoice } from './onnxruntime/device.js';
import type * as tfjs from './tf.js';

/** A tensor engine, by the name under which TensorFlow.js knows its back end. */
export type EngineName = 'onnxruntime' | 'tensorflow' | 'cpu';

/** What a recipe or the command line may ask for. */
export type EngineChoice = EngineName | 'auto';

export interface EngineOptions {
  /**
   * Threads for one computation. Default: all cores. For `onnxruntime` and, when first opened, `tensorflow`.
   */
  threads?: number;
  /**
   * Let idle threads of `onnxruntime` wait busily: faster where nothing else runs, much slower where anything
   * does. Default false.
   */
  spin?: boolean;
  /** Where `onnxruntime` computes. Default `cpu`. The other engines cannot be told. */
  device?: DeviceChoice;
}

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
  /** Why this engine was taken. */
  readonly why: string;
  readonly tf: typeof tfjs;
  /** Closes the engine; its tensors are lost. */
  dispose(): Promise<void>;
}

/** What is known about an engine on this machine. */
export interface EngineReport {
  readonly name: EngineName;
  readonly available: boolean;
  readonly version?: string;
  readonly device?: string;
  readonly why: string;
  readonly howToGet?: string;
}
