import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import { parseJson } from '../../util/parse-json.js';
import type { FeatureExtractorConfig } from './feature-extractor.js';

/** The name of a checkpoint's file that describes its feature extractor. */
export const PREPROCESSOR_CONFIG = 'preprocessor_config.json';

/** Defaults of `Wav2Vec2FeatureExtractor.__init__`. */
const DEFAULTS: FeatureExtractorConfig = {
  feature_extractor_type: 'Wav2Vec2FeatureExtractor',
  sampling_rate: 16000,
  do_normalize: true,
  return_attention_mask: false,
  padding_value: 0,
  padding_side: 'right',
};

/** Reads a checkpoint's `preprocessor_config.json`. */
export async function readPreprocessorConfig(path: string): Promise<FeatureExtractorConfig> {
  return parsePreprocessorConfig((await readShort(path)).toString('utf8'), path);
}

/** The text of a checkpoint's `preprocessor_config.json` as a configuration. */
export function parsePreprocessorConfig(text: string, file: string): FeatureExtractorConfig {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new EtudeError('not valid JSON', {
      where: { file },
      got: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
  return featureExtractorConfig(json, file);
}

/**
 * Checks a configuration, from a file or given inline, and fills in transformers' defaults. Keys that do not
 * affect features (`processor_class`, …) are skipped.
 *
 * @param file where it came from, for messages
 * @throws EtudeError for another kind of extractor and for values of the wrong type
 */
export function featureExtractorConfig(json: unknown, file?: string): FeatureExtractorConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong('feature extractor configuration', 'an object', json, file);
  }
  const given = json as Record<string, unknown>;
  const type = given.feature_extractor_type ?? given.image_processor_type ?? DEFAULTS.feature_extractor_type;
  if (type !== DEFAULTS.feature_extractor_type) {
    throw wrong(
      'feature extractor is not supported: feature_extractor_type',
      `'${DEFAULTS.feature_extractor_type}'`,
      type,
      file,
    );
  }
  if ((given.feature_size ?? 1) !== 1)
    throw wrong('feature_size', '1 (mono samples)', given.feature_size, file);
  const config = { ...DEFAULTS };
  const side = given.padding_side ?? DEFAULTS.padding_side;
  if (side !== 'right' && side !== 'left') throw wrong('padding_side', "'right' or 'left'", side, file);
  config.padding_side = side;
  for (const key of ['do_normalize', 'return_attention_mask'] as const) {
    const value = given[key] ?? DEFAULTS[key];
    if (typeof value !== 'boolean') throw wrong(key, 'true or false', value, file);
    config[key] = value;
  }
  for (const key of ['sampling_rate', 'padding_value'] as const) {
    const value = given[key] ?? DEFAULTS[key];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(key, 'a number', value, file);
    config[key] = value;
  }
  if (!Number.isInteger(config.sampling_rate) || config.sampling_rate <= 0) {
    throw wrong('sampling_rate', 'a positive whole number of Hz', config.sampling_rate, file);
  }
  return config;
}

function wrong(what: string, expected: string, got: unknown, file: string | undefined): EtudeError {
  return new EtudeError(what, {
    expected,
    got: JSON.stringify(got),
    where: file === undefined ? undefined : { file },
  });
}
