import { EtudeError } from '../util/errors.js';
import { sha256 } from '../util/sha256.js';
import { codeOf } from './fs-errors.js';
import { readShort } from './regular-file.js';

const SEAL = /^\{"sha256":"([0-9a-f]{64})",/;

/**
 * What was found in place of a small file of the cache: its JSON, nothing at all, or something other than
 * what was written.
 */
export type Kept = { type: 'whole'; json: unknown; bytes: number } | { type: 'absent' } | { type: 'damaged' };

/**
 * A small file of the cache as it is written: the JSON of a map with at least one member, whose first member
 * becomes the digest of all the rest. A flipped bit anywhere is detected, even if the JSON still parses.
 */
export function sealed(json: string): string {
  return `{"sha256":"${sha256(json)}",${json.slice(1)}`;
}

/** Reads a sealed file. */
export async function readSealed(path: string): Promise<Kept> {
  try {
    return openSeal((await readShort(path)).toString('utf8'));
  } catch (error) {
    return unreadable(error);
  }
}

/** What a sealed text contains. */
export function openSeal(text: string): Kept {
  const found = SEAL.exec(text);
  if (found === null) return { type: 'damaged' };
  const json = `{${text.slice(found[0].length)}`;
  if (sha256(json) !== found[1]) return { type: 'damaged' };
  try {
    return { type: 'whole', json: JSON.parse(json), bytes: text.length };
  } catch {
    return { type: 'damaged' };
  }
}

/** A file that cannot be read at all. Throws what is not the file's own fault. */
export function unreadable(error: unknown): Kept {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { type: 'absent' };
  // Not a regular file, or one of absurd size; or a disk that has lost it.
  const lost = error instanceof EtudeError || code === 'EIO' || code === 'EISDIR';
  if (lost || error instanceof SyntaxError) return { type: 'damaged' };
  throw error;
}
