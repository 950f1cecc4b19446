import type { ModelConfig } from '../config.js';
import type { ConfigReader } from '../config-reader.js';
import type { ParameterSpec } from '../parameter-spec.js';

/**
 * How a family of models differs from Wav2Vec2. What its own parts compute is in `variants.ts`: planning
 * only reads configurations, and must not load a tensor library for that.
 */
export interface Family {
  /** The class of transformers that opens a saved model. */
  readonly architecture: string;
  /** Reads the fields that Wav2Vec2's configuration lacks or defines differently. */
  readonly read?: (read: ConfigReader) => Partial<ModelConfig>;
  /** Whether a new feature encoder is initialised like all other layers, unlike Wav2Vec2's. */
  readonly usualInit?: boolean;
  /** Whether `masked_spec_embed` exists even if nothing is masked. */
  readonly alwaysMaskEmbedding?: boolean;
  /** The lowest layer that layerdrop may skip. */
  readonly firstDroppedLayer?: number;
  /** Whether a clip's result depends on how far it is padded, despite an attention mask. */
  readonly seesPadding?: boolean;
  /** Whether SpecAugment masks padding, too, despite an attention mask. */
  readonly masksPadding?: boolean;
  /** Names of the feature projection's parts after the prefix; without a linear layer, it only normalises. */
  readonly projection?: (config: ModelConfig) => { norm: string; linear: string | undefined };
  /** The parameters of the position embedding; names begin after the prefix. */
  readonly positions: (config: ModelConfig) => ParameterSpec[];
  /** Parameters of the upsampling to all frames, if the position embedding reduces their number. */
  readonly upsampling?: (config: ModelConfig) => ParameterSpec[];
  /** Beginnings of the names, after the prefix, of parameters that nothing is computed from. */
  readonly unused?: readonly string[];
  /** Parameters of a layer that is not Wav2Vec2's; names begin after the layer's prefix. */
  readonly layer?: (config: ModelConfig) => ParameterSpec[];
  /**
   * Parameters that a layer's attention has and Wav2Vec2's lacks; names begin after the attention's prefix.
   */
  readonly attention?: (config: ModelConfig, layer: number) => ParameterSpec[];
}
