import { readFile } from 'node:fs/promises';
import type { NamedFile } from './tensor-files.js';

/** The file of a model folder that tells what the files of the Hugging Face layout have no place for. */
export const ETUDE_FILE = 'etude.json';

export interface EtudeFile {
  /** Samples of the longest clip that the model was trained on. */
  max_input_length: number;
}

/** The same of a model's files; `undefined` for a model that Etude did not train, and for a file that is no such thing. */
export async function readEtudeFile(files: readonly NamedFile[]): Promise<EtudeFile | undefined> {
  const file = files.find(({ name }) => name === ETUDE_FILE);
  if (file === undefined) return undefined;
  try {
    const { max_input_length } = JSON.parse(await readFile(file.path, 'utf8')) as EtudeFile;
    return Number.isSafeInteger(max_input_length) && max_input_length > 0 ? { max_input_length } : undefined;
  } catch {
    return undefined;
  }
}
