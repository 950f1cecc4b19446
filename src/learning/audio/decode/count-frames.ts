import type { CodecFrame, MimeType, OggPage } from 'codec-parser';
import type { ClipName } from './audio-error.js';
import type { LengthLimit } from './length-limit.js';

/**
 * Counts the samples of a stream by the headers of its frames, without decoding any, up to the limit.
 *
 * @throws TooLong if there are more
 */
export async function countFrames(
  mimeType: MimeType,
  stream: Uint8Array,
  limit: LengthLimit,
  clip: ClipName,
): Promise<void> {
  const { default: CodecParser } = await import('codec-parser');
  const parser = new CodecParser(mimeType, { enableFrameCRC32: false });
  // Declared as iterators; they are generators.
  for (const parsed of [() => parser.parseChunk(stream), () => parser.flush()])
    for (const part of parsed() as unknown as Iterable<CodecFrame | OggPage>)
      for (const { samples, header } of 'codecFrames' in part ? part.codecFrames : [part])
        limit.add(samples, header.sampleRate, header.channels, clip);
}
