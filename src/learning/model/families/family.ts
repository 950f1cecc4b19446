import type { ModelConfig } from '../config.js';
import type { ConfigReader } from '../config-reader.js';
import type { ParameterSpec } from '../parameter-spec.js';

/**
 * What sets a family of models apart; all else is as in Wav2Vec2. How its own parts compute is in
 * `variants.ts`: a plan reads configurations, and loads no tensors for it.
 */
export interface Family {
  /** The class of transformers that reads what is saved. */
  readonly architecture: string;
  /** Reads what its configuration has beyond Wav2Vec2's, or means otherwise. */
  readonly read?: (read: ConfigReader) => Partial<ModelConfig>;
  /** Whether a new feature encoder starts like all other layers, and not as Wav2Vec2's does. */
  readonly usualInit?: boolean;
  /** Whether `masked_spec_embed` is there even where nothing is masked. */
  readonly alwaysMaskEmbedding?: boolean;
  /** The lowest layer that layerdrop may skip. */
  readonly firstDroppedLayer?: number;
  /** Whether a clip's result depends on how far it is padded, in spite of an attention mask. */
  readonly seesPadding?: boolean;
  /** Whether SpecAugment masks padding like all else, in spite of an attention mask. */
  readonly masksPadding?: boolean;
  /** Names of the feature projection's parts after the prefix; without a linear one, it only normalises. */
  readonly projection?: (config: ModelConfig) => { norm: string; linear: string | undefined };
  /** The parameters of the position embedding; names begin after the prefix. */
  readonly positions: (config: ModelConfig) => ParameterSpec[];
  /** Those of the way back to all frames, where the positions left fewer. */
  readonly upsampling?: (config: ModelConfig) => ParameterSpec[];
  /** Beginnings of the names, after the prefix, of parameters that nothing is computed from. */
  readonly unused?: readonly string[];
  /** Parameters of a layer that is not Wav2Vec2's; names begin after the layer's prefix. */
  readonly layer?: (config: ModelConfig) => ParameterSpec[];
  /** Those that attention has beyond Wav2Vec2's in a layer; names begin after the attention's prefix. */
  readonly attention?: (config: ModelConfig, layer: number) => ParameterSpec[];
}
