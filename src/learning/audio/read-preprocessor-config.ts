import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import type { FeatureExtractorConfig } from './extractors/index.js';
import { PREPROCESSOR_CONFIG, parsePreprocessorConfig } from './preprocessor-config.js';

/** Reads a checkpoint's `preprocessor_config.json`. */
export async function readPreprocessorConfig(path: string): Promise<FeatureExtractorConfig> {
  return parsePreprocessorConfig((await readShort(path)).toString('utf8'), path);
}

/**
 * The sampling rate, in Hz, of what a model takes.
 *
 * @throws EtudeError if the model folder has no `preprocessor_config.json`
 */
export async function samplingRateOf(files: readonly { name: string; path: string }[]): Promise<number> {
  const file = files.find(({ name }) => name === PREPROCESSOR_CONFIG);
  if (file === undefined)
    throw new EtudeError("the model's sampling rate is not known", {
      expected: PREPROCESSOR_CONFIG,
      got: files.map(({ name }) => name).join(', '),
    });
  return (await readPreprocessorConfig(file.path)).sampling_rate;
}
