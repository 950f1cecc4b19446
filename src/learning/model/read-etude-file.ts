import { readShort } from '../../files/regular-file.js';
import { ETUDE_FILE, type EtudeFile, parseEtudeFile } from './etude-file.js';
import type { NamedFile } from './tensor-files.js';

/**
 * Reads it from a model's files; `undefined` for a model that Etude did not train, and for an invalid file.
 */
export async function readEtudeFile(files: readonly NamedFile[]): Promise<EtudeFile | undefined> {
  const file = files.find(({ name }) => name === ETUDE_FILE);
  const bytes = file && (await readShort(file.path).catch(() => undefined));
  return bytes && parseEtudeFile(bytes.toString('utf8'));
}
