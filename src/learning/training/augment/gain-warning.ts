import type { Changes, Extracted } from '../../../stage/artifact.js';

/** Why a gain would change nothing that the model hears; undefined if it does. */
export function gainWarning({ gain, telephone }: Changes, { config }: Extracted): string | undefined {
  // A quiet clip has fewer of the telephone's steps.
  if (gain === undefined || telephone !== undefined || config.do_normalize !== true) return undefined;
  if (config.feature_extractor_type !== 'Wav2Vec2FeatureExtractor') return undefined;
  return 'gain has no effect: the feature extractor gives every clip the same level (do_normalize)';
}
