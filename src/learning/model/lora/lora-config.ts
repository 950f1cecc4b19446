import type { TrainParams } from '../../../stage/params.js';

/** Parameters of PEFT's `LoraConfig`. */
export type LoraParams = NonNullable<TrainParams['peft']>;

/** What a forward pass and a training know of a model's adapters. */
export interface LoraConfig {
  /** Factor on what the adapters add. */
  scaling: number;
  dropout: number;
  /** Names of the parameters that may be trained: those of the adapters, and of the modules to save. */
  trainable: readonly string[];
}

/** Ends of the names of an adapter's parameters, behind that of the layer: A [r, in] and B [out, r]. */
export const LORA_A = '.lora_A.weight';
export const LORA_B = '.lora_B.weight';
