import type { ModelConfig } from './config.js';
import { positionalConv } from './positional-conv.js';
import { positionalConvStack } from './positional-conv-stack.js';
import { relativePositionBias } from './relative-position-bias.js';
import { squeezedPositions, upsampling } from './squeeze.js';
import type { AttentionVariant, PositionEmbedding, Upsampling } from './variant-types.js';

/** How the parts compute in which a family differs from others. */
export interface Variants {
  readonly positions: PositionEmbedding;
  /** The way back to all frames, where the positions left fewer. */
  readonly upsampling?: Upsampling;
  readonly attention?: AttentionVariant;
}

/** Wav2Vec2's, and of most families. */
const USUAL: Variants = { positions: positionalConv };

/** Of the others, by their `model_type`. */
const VARIANTS: Readonly<Record<string, Variants>> = {
  wavlm: { positions: positionalConv, attention: relativePositionBias },
  'data2vec-audio': { positions: positionalConvStack },
  sew: { positions: squeezedPositions, upsampling },
};

/** The variants that a model computes with. */
export function variantsOf({ model_type }: ModelConfig): Variants {
  return VARIANTS[model_type] ?? USUAL;
}
