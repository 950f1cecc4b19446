import type { FeatureExtractorConfig } from '../../learning/audio/feature-extractor.js';
import { storedDurations } from '../../learning/data/stored-durations.js';
import { readConfig } from '../../learning/preprocess/locate-config.js';
import type { Entry } from '../../pipeline/cache/types.js';
import type { Pipeline, PipelineStage } from '../../pipeline/recipe/pipeline.js';
import type { MapPreprocessParams } from '../../stage/params.js';
import type { Objects } from '../../stage/stage-type.js';

/** How long the clips of a training are, and what a feature extractor makes of them. */
export interface Heard {
  /** The stage that extracts features. */
  stage: string;
  /** Of each clip, those that are known. */
  seconds: readonly number[];
  /** Seconds that are kept of a clip. */
  limit: number;
  /** Seconds that every clip is padded to; `undefined`: each batch is padded to its longest. */
  fixed?: number;
  /** What `max_length` counts, where the recipe can choose it. */
  unit?: { perSecond: number; multiple: number; padsBatches: boolean };
}

/** Why it is not known, and what to do about that. */
export interface Missing {
  missing: string;
  advice?: string;
}

/** Frames per second of spectrograms. */
const FRAMES = 100;

/**
 * Looks for the stage before a training that extracts features, and for the clips that went into it. Nothing
 * is decoded: the durations are those of decoded clips and of WAV files.
 *
 * @param entries What the cache has, by stage.
 * @param split The split that is trained on.
 */
export async function findHeard(
  training: PipelineStage,
  { stages, place }: Pipeline,
  { entries, objects, split }: { entries: ReadonlyMap<string, Entry>; objects: Objects; split: string },
): Promise<Heard | Missing> {
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  const before = (stage: PipelineStage) => byId.get(Object.values(stage.from)[0] ?? '');
  let stage = before(training);
  while (stage !== undefined && stage.uses !== 'map-preprocess') stage = before(stage);
  if (stage === undefined) return { missing: 'there is no map-preprocess stage before the training' };
  const params = stage.with as unknown as MapPreprocessParams;
  const config = await readConfig(params.feature_extractor, place, () => {}, params.revision);
  if (config === undefined) return { missing: `the feature extractor of '${stage.id}' cannot be read` };
  const source = before(stage);
  // Files are read faster than decoded clips, which may have to be decoded again.
  const encoded = source?.uses === 'cast-audio' ? before(source) : undefined;
  const candidates = [encoded, source].flatMap((each) => entries.get(each?.id ?? '') ?? []);
  if (candidates.length === 0) return { missing: `the clips that '${stage.id}' reads are not in the cache` };
  for (const { artifact } of candidates) {
    if (artifact.kind !== 'dataset' || artifact.features[params.column]?._type !== 'Audio') continue;
    const found = await storedDurations(artifact, params.column, objects);
    const seconds = found.get(split) ?? [...found.values()].flat();
    if (seconds.length > 0) return { stage: stage.id, seconds, ...lengthsOf(config, params) };
  }
  return { missing: `how long the clips are is not known without decoding them` };
}

/** What an extractor keeps of clips, and pads them to. */
export function lengthsOf(
  config: FeatureExtractorConfig,
  { max_length, truncation, padding }: Pick<MapPreprocessParams, 'max_length' | 'truncation' | 'padding'>,
): Pick<Heard, 'limit' | 'fixed' | 'unit'> {
  switch (config.feature_extractor_type) {
    case 'WhisperFeatureExtractor':
      return { limit: config.chunk_length, fixed: config.chunk_length };
    case 'ASTFeatureExtractor': {
      const length = (max_length ?? config.max_length) / FRAMES;
      return { limit: length, fixed: length, unit: { perSecond: FRAMES, multiple: 2, padsBatches: false } };
    }
    default: {
      const isSamples = config.feature_extractor_type === 'Wav2Vec2FeatureExtractor';
      const perSecond = isSamples ? config.sampling_rate : FRAMES;
      const length = max_length === undefined ? undefined : max_length / perSecond;
      return {
        limit: truncation && length !== undefined ? length : Number.POSITIVE_INFINITY,
        fixed: padding === 'max_length' ? length : undefined,
        unit: { perSecond, multiple: isSamples ? 1000 : 2, padsBatches: true },
      };
    }
  }
}
