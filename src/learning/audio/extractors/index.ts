import { type AstConfig, ast } from './ast.js';
import type { Extractor } from './extractor.js';
import { type SeamlessConfig, seamless } from './seamless.js';
import { type Wav2Vec2Config, wav2vec2 } from './wav2vec2.js';
import { type WhisperConfig, whisper } from './whisper.js';

/** The configurations of all feature extractors that there are. */
export type FeatureExtractorConfig = Wav2Vec2Config | AstConfig | WhisperConfig | SeamlessConfig;

/** The extractors by their class in transformers. */
export const EXTRACTORS = {
  Wav2Vec2FeatureExtractor: wav2vec2,
  ASTFeatureExtractor: ast,
  WhisperFeatureExtractor: whisper,
  SeamlessM4TFeatureExtractor: seamless,
} satisfies {
  [Name in FeatureExtractorConfig['feature_extractor_type']]: Extractor<
    Extract<FeatureExtractorConfig, { feature_extractor_type: Name }>
  >;
};

/** The extractor that a configuration is of. */
export function extractorOf({
  feature_extractor_type: type,
}: FeatureExtractorConfig): Extractor<FeatureExtractorConfig> {
  return EXTRACTORS[type] as Extractor<FeatureExtractorConfig>;
}
