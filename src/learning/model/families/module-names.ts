/** What modules are called, as far as families differ; all names but `prefix` begin after it. */
export interface ModuleNames {
  /** Prefix of the encoder's parameters in a classifier's state dict; default: from the `model_type`. */
  prefix?: string;
  /** Beginnings of the names of the feature encoder's parameters. */
  features: readonly string[];
  /** The list of layers. */
  layers: string;
  /** The normalisation before the first layer or after the last, if there is one. */
  norm?: string;
  layer: LayerNames;
}

/** Modules of a layer. */
export interface LayerNames {
  attention: string;
  /** The attention's last projection. */
  out: string;
  /** The first normalisation, and the second. */
  norms: readonly [string, string];
  /** The linear layers of the feed-forward. */
  feed: readonly [string, string];
}

/** Those of Wav2Vec2 and most families. */
export const WAV2VEC2_NAMES: ModuleNames = {
  features: ['feature_extractor.'],
  layers: 'encoder.layers',
  norm: 'encoder.layer_norm',
  layer: {
    attention: 'attention',
    out: 'out_proj',
    norms: ['layer_norm', 'final_layer_norm'],
    feed: ['feed_forward.intermediate_dense', 'feed_forward.output_dense'],
  },
};
