import type { ModelConfig } from './config.js';

/** Prefix of the encoder's parameters in a classifier's state dict: `base_model_prefix` of transformers. */
export function basePrefix(config: ModelConfig): string {
  return `${config.model_type.replaceAll('-', '_')}.`;
}

/** Prefix of the parameters of a layer of the feature encoder, without the last dot. */
export function convLayerName(config: ModelConfig, index: number): string {
  return `${basePrefix(config)}feature_extractor.conv_layers.${index}`;
}
