import type { TrainParams } from '../../../stage/params.js';

/** Parameters of PEFT's `LoraConfig`. */
export type LoraParams = NonNullable<TrainParams['peft']>;

/** What forward passes and training need to know about a model's adapters. */
export interface LoraConfig {
  /** Factor applied to the adapters' output. */
  scaling: number;
  dropout: number;
  /** Names of the trainable parameters: those of the adapters, and of the modules to save. */
  trainable: readonly string[];
}

/** Suffixes that an adapter's parameters add to the layer's name: A [r, in] and B [out, r]. */
export const LORA_A = '.lora_A.weight';
export const LORA_B = '.lora_B.weight';
