import type { ModelConfig } from '../config.js';
import type { ConfigReader } from '../config-reader.js';
import type { ParameterSpec } from '../parameter-spec.js';
import type { ModuleNames } from './module-names.js';

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
  /** What its modules are called, if not as in Wav2Vec2. */
  readonly names?: ModuleNames;
  /** The name of a parameter that files call otherwise. */
  readonly fromFile?: (stored: string) => string;
  /** What files are to call it. */
  readonly inFile?: (name: string) => string;
  /** Names of the feature projection's parts after the prefix; without a linear layer, it only normalises. */
  readonly projection?: (config: ModelConfig) => { norm: string; linear: string | undefined };
  /** Parameters of a feature encoder that is not Wav2Vec2's; names begin after the prefix. */
  readonly features?: (config: ModelConfig) => ParameterSpec[];
  /** The parameters of the position embedding; names begin after the prefix. */
  readonly positions: (config: ModelConfig) => ParameterSpec[];
  /** Parameters of the upsampling to all frames, if the position embedding reduces their number. */
  readonly upsampling?: (config: ModelConfig) => ParameterSpec[];
  /** Beginnings of the names, after the prefix, of parameters that are not trained. */
  readonly unused?: readonly string[];
  /** Parameters of a layer that is not Wav2Vec2's; names begin after the layer's prefix. */
  readonly layer?: (config: ModelConfig) => ParameterSpec[];
  /** Projections of the attention that have no bias. */
  readonly unbiased?: (config: ModelConfig) => readonly string[];
  /** Parameters of a head that is not Wav2Vec2's. */
  readonly head?: (config: ModelConfig, labels: number) => ParameterSpec[];
  /**
   * Parameters that a layer's attention has and Wav2Vec2's lacks; names begin after the attention's prefix.
   */
  readonly attention?: (config: ModelConfig, layer: number) => ParameterSpec[];
}
