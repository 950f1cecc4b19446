import { EtudeError } from '../../util/etude-error.js';
import { count } from '../../util/words.js';
import { extractorOf } from '../audio/extractors/index.js';
import { extractFeatures, type FeatureExtractorConfig } from '../audio/feature-extractor.js';
import { checkFinite } from '../audio/finite.js';
import { inputShape, type ModelConfig, shortestInput } from '../model/config.js';

/**
 * A model's input for one clip, without padding: its normalised samples, or the rows of a matrix after each
 * other.
 *
 * @param samples mono, at the feature extractor's rate
 * @throws EtudeError for a clip that is too short for a single frame, or too loud for 32 bits
 */
export function prepareClip(
  samples: Float32Array,
  extractor: FeatureExtractorConfig,
  config: ModelConfig,
): Float32Array {
  const needed = inputShape(config) ? extractorOf(extractor).shortest : shortestInput(config);
  if (samples.length < needed)
    throw new EtudeError('the clip is too short', {
      expected: `at least ${count(needed, 'sample')} at ${extractor.sampling_rate} Hz`,
      got: `${samples.length}`,
    });
  checkFinite(samples);
  const { input_values, attention_mask } = extractFeatures([samples], extractor);
  const [values, mask] = [input_values[0]!, attention_mask?.[0]];
  // What an extractor adds to a clip by itself is masked.
  const valid = mask?.reduce((sum, one) => sum + one, 0);
  return valid === undefined ? values : values.subarray(0, valid * (config.row_size ?? 1));
}
