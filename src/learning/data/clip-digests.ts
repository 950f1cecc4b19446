import { createHash } from 'node:crypto';
import type { ChunkRows, ChunkTransform } from './chunk-transform.js';
import type { AudioSamples, EncodedAudio } from './column.js';

/**
 * `audio` to `digest`: a digest of each clip's content (the file's bytes, or the samples), whatever it is
 * called; null if there is none.
 */
export const transform: ChunkTransform<null> = { module: import.meta.url, transform: digests };

async function digests({ rows, inputs, rowDone }: ChunkRows<null>) {
  const { column } = inputs.audio!;
  const digest: (string | null)[] = [];
  for (let row = 0; row < rows; row++) {
    digest.push(digestOf(column.get(row) as EncodedAudio | AudioSamples | null));
    await rowDone();
  }
  return { digest };
}

function digestOf(clip: EncodedAudio | AudioSamples | null): string | null {
  const content = clip === null ? null : 'bytes' in clip ? clip.bytes : clip.array;
  if (content === null || content.length === 0) return null;
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  return createHash('sha256').update(bytes).digest('base64').slice(0, 22);
}
