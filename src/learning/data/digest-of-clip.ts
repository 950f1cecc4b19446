import { createHash } from 'node:crypto';
import type { StoredAudio } from './audio-chunk.js';

/** Bytes that are in memory at once. */
const HASHED_BYTES = 1024 * 1024;

/** Names a clip by its content: the file's bytes, or the samples. */
export async function digestOfClip({ length, read }: StoredAudio): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < length; at += HASHED_BYTES)
    hash.update(await read(at, Math.min(length, at + HASHED_BYTES)));
  return hash.digest('base64url').slice(0, 22);
}
