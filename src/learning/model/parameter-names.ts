import type { ModelConfig } from './config.js';
import { namesOf } from './families/index.js';

/** Prefix of the encoder's parameters in a classifier's state dict: `base_model_prefix` of transformers. */
export function basePrefix(config: ModelConfig): string {
  return namesOf(config).prefix ?? `${config.model_type.replaceAll('-', '_')}.`;
}

/** Prefix of the parameters of a layer of the feature encoder, without the last dot. */
export function convLayerName(config: ModelConfig, index: number): string {
  return `${basePrefix(config)}feature_extractor.conv_layers.${index}`;
}

/** Prefix of the parameters of a layer of the Transformer encoder. */
export function layerPrefix(config: ModelConfig, layer: number): string {
  return `${basePrefix(config)}${namesOf(config).layers}.${layer}.`;
}

/** Whether it is a name of numbers in a state dict that are not parameters: no gradient ever changes them. */
export function isBuffer(name: string): boolean {
  return /\.(running_mean|running_var|num_batches_tracked|inv_freq)$/.test(name);
}
