import type { OggPage, OpusHeader } from 'codec-parser';
import type { Planar } from './planar.js';

/** Opus is decoded at this rate, whatever the original was (RFC 6716). */
const SAMPLE_RATE = 48000;

/**
 * Decodes one stream of Opus in Ogg: the parts of `ogg-opus-decoder` without its 18 MB model for enhancing
 * speech.
 *
 * @throws what the decoder throws for packets that it cannot read
 */
export async function decodeOpus(stream: Uint8Array): Promise<Planar> {
  const { default: CodecParser } = await import('codec-parser');
  const { OpusDecoder } = await import('opus-decoder');
  const parser = new CodecParser<OggPage>('application/ogg', { enableFrameCRC32: false });
  const pages = parser.parseAll(stream);
  const frames = pages.flatMap(({ codecFrames }) => codecFrames);
  const [first] = frames;
  if (first === undefined) return { channelData: [], samplesDecoded: 0, sampleRate: SAMPLE_RATE, errors: [] };
  const { channels, streamCount, coupledStreamCount, channelMappingTable, preSkip } =
    first.header as OpusHeader;
  const decoder = new OpusDecoder({
    channels,
    streamCount,
    coupledStreamCount,
    channelMappingTable,
    preSkip,
  });
  await decoder.ready;
  try {
    const { samplesDecoded, ...decoded } = decoder.decodeFrames(frames.map(({ data }) => data));
    // The last packet is padded to a full frame; the page that it ends on says how many samples count.
    const end = pages.at(-1)!;
    const known = end.isLastPage && end.absoluteGranulePosition !== undefined;
    return {
      ...decoded,
      samplesDecoded: known ? Math.min(samplesDecoded, end.totalSamples) : samplesDecoded,
    };
  } finally {
    decoder.free();
  }
}
