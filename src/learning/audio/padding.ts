import type { Padding } from './extractors/extractor.js';
import type { FeatureExtractorConfig } from './extractors/index.js';
import { PREPROCESSOR_CONFIG } from './preprocessor-config.js';
import { readPreprocessorConfig } from './read-preprocessor-config.js';

export type { Padding };

/** What every published checkpoint has, and the default of transformers. */
export const ZEROS_ON_THE_RIGHT: Padding = { padding_value: 0, padding_side: 'right' };

/** Whether this is padding with zeros on the right. */
export function padsWithZerosOnTheRight({ padding_value, padding_side }: Padding): boolean {
  return padding_value === 0 && padding_side === 'right';
}

/** The padding of a feature extractor; those without any make all clips equally long. */
export function paddingIn(config: FeatureExtractorConfig): Padding {
  return 'padding_side' in config ? config : ZEROS_ON_THE_RIGHT;
}

/** The padding of a checkpoint's feature extractor. */
export async function paddingOf(files: readonly { name: string; path: string }[]): Promise<Padding> {
  const file = files.find(({ name }) => name === PREPROCESSOR_CONFIG);
  return file === undefined ? ZEROS_ON_THE_RIGHT : paddingIn(await readPreprocessorConfig(file.path));
}
