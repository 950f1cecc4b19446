import type { ModelConfig } from '../model/config.js';
import { AST_TOKENS } from '../model/variants/parameters.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Value } from './onnx-graph.js';
import { bertLayers, conformerLayers } from './parts/conformer-layer.js';
import type { Layer } from './parts/encoder-layer.js';
import {
  convolutions,
  type FeatureEncoder,
  patches,
  rows,
  whisperConvolutions,
} from './parts/feature-encoder.js';
import {
  astPositions,
  noPositions,
  type Positions,
  positionalConv,
  positionalConvStack,
  squeezedPositions,
  whisperPositions,
} from './parts/positions.js';
import { relativePositionBias } from './parts/relative-position-bias.js';

/** What a family computes, as parts of a graph; see `model/variants`, which these follow. */
export interface ExportedParts {
  readonly features: FeatureEncoder;
  readonly positions: Positions;
  /** What attention adds to its scores. */
  readonly attention?: (
    g: GraphBuilder,
    states: Value,
    config: ModelConfig,
  ) => (x: Value, name: string) => Value;
  /** Layers that are not Wav2Vec2's. */
  readonly layer?: (g: GraphBuilder, config: ModelConfig, states: Value) => Layer;
  /** Whether the layers see groups of frames. */
  readonly isSqueezed?: boolean;
  /** How many states at the beginning are classified, instead of all. */
  readonly tokens?: number;
}

const USUAL: ExportedParts = { features: convolutions, positions: positionalConv };

const PARTS: Readonly<Record<string, ExportedParts>> = {
  wav2vec2: USUAL,
  hubert: USUAL,
  unispeech: USUAL,
  'unispeech-sat': USUAL,
  wavlm: { ...USUAL, attention: relativePositionBias },
  'data2vec-audio': { ...USUAL, positions: positionalConvStack },
  sew: { ...USUAL, positions: squeezedPositions, isSqueezed: true },
  'audio-spectrogram-transformer': { features: patches, positions: astPositions, tokens: AST_TOKENS.length },
  whisper: { features: whisperConvolutions, positions: whisperPositions },
  'wav2vec2-conformer': { features: convolutions, positions: noPositions, layer: conformerLayers },
  'wav2vec2-bert': { features: rows, positions: noPositions, layer: bertLayers },
};

/** The parts of a model's graph; undefined for a family that cannot be exported. */
export function partsOf({ model_type }: Pick<ModelConfig, 'model_type'>): ExportedParts | undefined {
  return Object.hasOwn(PARTS, model_type) ? PARTS[model_type] : undefined;
}

/** The families that can be exported, by `model_type`. */
export const EXPORTED: readonly string[] = Object.keys(PARTS);
