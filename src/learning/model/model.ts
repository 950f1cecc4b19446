import type { ModelConfig } from './config.js';
import type { Weight } from './safetensors.js';

/** A classifier's parameters by transformers' names, float32. */
export type ModelWeights = Record<string, Weight>;

/** A classifier in memory. */
export interface Model {
  config: ModelConfig;
  /** Class names in the order of the logits. */
  labels: string[];
  weights: ModelWeights;
}
