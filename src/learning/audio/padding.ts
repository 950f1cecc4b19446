import { PREPROCESSOR_CONFIG, readPreprocessorConfig } from './preprocessor-config.js';

/** How clips of a batch are made equally long: as the feature extractor says. */
export interface Padding {
  padding_value: number;
  padding_side: 'left' | 'right';
}

/** What every published checkpoint says, and what transformers does where one says nothing. */
export const ZEROS_ON_THE_RIGHT: Padding = { padding_value: 0, padding_side: 'right' };

/** Whether padding with zeros on the right is meant. */
export function padsWithZerosOnTheRight({ padding_value, padding_side }: Padding): boolean {
  return padding_value === 0 && padding_side === 'right';
}

/** The padding of a checkpoint's feature extractor. */
export async function paddingOf(files: readonly { name: string; path: string }[]): Promise<Padding> {
  const file = files.find(({ name }) => name === PREPROCESSOR_CONFIG);
  return file === undefined ? ZEROS_ON_THE_RIGHT : readPreprocessorConfig(file.path);
}
