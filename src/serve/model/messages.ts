import type { EngineName } from '../../engine/engine-type.js';
import type { NamedFile } from '../../learning/model/tensor-files.js';
import type { Activation } from '../../learning/predict/scores.js';
import type { Aggregate } from '../../learning/training/aggregate.js';
import type { PlainError } from '../../util/plain-error.js';

/** The model that a process loads, and how it computes. */
export interface ModelTask {
  files: readonly NamedFile[];
  /** What errors call it. */
  name: string;
  engine: { name: EngineName; device?: string };
  batchSize: number;
  /** Milliseconds. */
  batchDelay: number;
  /** Seconds. */
  maxDuration: number;
}

/** What is known of a model once it is loaded. */
export interface LoadedModel {
  /** Class names in the order of the logits. */
  labels: readonly string[];
  activation: Activation;
  /** Hz. */
  samplingRate: number;
}

/** Why a clip is not classified. */
export type Refused = 'unsupported' | 'damaged' | 'too-long' | 'failed';

/** How a clip is cut into windows, in seconds, and how they become one answer. */
export interface Cutting {
  window_length: number;
  hop_length?: number;
  aggregate: Aggregate;
  activation: Activation;
}

export type ToModel =
  | { type: 'load'; task: ModelTask }
  /** A clip, as the bytes of a file. */
  | { type: 'clip'; id: number; bytes: Uint8Array; cutting?: Cutting }
  /** Nobody waits for this clip any more: it is dropped, unless it is being computed. */
  | { type: 'cancel'; id: number };

export type FromModel =
  | { type: 'loaded'; model: LoadedModel }
  | { type: 'not-loaded'; error: PlainError }
  | { type: 'logits'; id: number; logits: Float32Array }
  | { type: 'refused'; id: number; why: Refused; text: string }
  /** A clip was cancelled before it was computed. */
  | { type: 'dropped'; id: number }
  /** A batch was computed: clips, seconds, and bytes that the process has resident. */
  | { type: 'batch'; clips: number; seconds: number; resident: number };
