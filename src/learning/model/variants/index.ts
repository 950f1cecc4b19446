import * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import { astHead, astPositions, patches } from './ast.js';
import { bertLayers, conformerLayers } from './conformer-layer.js';
import { positionalConv } from './positional-conv.js';
import { positionalConvStack } from './positional-conv-stack.js';
import { relativePositionBias } from './relative-position-bias.js';
import { squeezedPositions, upsampling } from './squeeze.js';
import type {
  AttentionVariant,
  FeatureEncoder,
  Head,
  LayerVariant,
  PositionEmbedding,
  Upsampling,
} from './types.js';
import { whisperConvolutions, whisperPositions } from './whisper.js';

/** What a family computes differently from others. */
export interface Variants {
  readonly features?: FeatureEncoder;
  readonly positions: PositionEmbedding;
  /** Upsampling to all frames, if the position embedding reduces their number. */
  readonly upsampling?: Upsampling;
  readonly attention?: AttentionVariant;
  /** Layers that are not Wav2Vec2's. */
  readonly layer?: LayerVariant;
  readonly head?: Head;
}

/** Wav2Vec2's, and those of most families. */
const USUAL: Variants = { positions: positionalConv };

/** Where nothing is added to the states, because the layers see positions. */
const noPositions: PositionEmbedding = { kernels: () => [], enter: (x) => x };

/** Rows of numbers as they are, each a frame. */
const rows: FeatureEncoder = {
  encode(inputs, _, { row_size }) {
    const [clips, numbers] = inputs.shape;
    return tf.reshape(inputs, [clips, numbers / row_size!, row_size!]);
  },
};

/** Those of the other families by `model_type`. */
const VARIANTS: Readonly<Record<string, Variants>> = {
  wavlm: { positions: positionalConv, attention: relativePositionBias },
  'data2vec-audio': { positions: positionalConvStack },
  sew: { positions: squeezedPositions, upsampling },
  'audio-spectrogram-transformer': { features: patches, positions: astPositions, head: astHead },
  whisper: { features: whisperConvolutions, positions: whisperPositions },
  'wav2vec2-conformer': { positions: noPositions, layer: conformerLayers },
  'wav2vec2-bert': { features: rows, positions: noPositions, layer: bertLayers },
};

/** The variants that a model computes with. */
export function variantsOf({ model_type }: ModelConfig): Variants {
  return VARIANTS[model_type] ?? USUAL;
}
