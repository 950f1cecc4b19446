import { CONVERT } from '../convert-hint.js';
import { audioError, type ClipName } from './audio-error.js';
import { latin1 } from './container.js';

/** Codec in an Ogg file, from the first packet of its first page. */
type OggCodec = 'vorbis' | 'opus' | 'flac';

/** One stream of an Ogg file, and what its pages say about it. */
export interface OggStream {
  codec: OggCodec;
  /** The bytes of its pages. */
  bytes: Uint8Array;
  /** Samples per channel up to the last page's position, without Opus's pre-skip; 0 for unknown. */
  samples: number;
}

/** The flag of a stream's first page. */
const FIRST_PAGE = 2;

/** CRC-32 of Ogg (RFC 3533): polynomial 0x04c11db7, not reflected, starting from 0. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c11db7;
  return crc >>> 0;
});

/**
 * Walks the pages of an Ogg file, checks that each is complete and undamaged, and divides them into
 * consecutive streams.
 *
 * @param isStart whether the bytes are only the start of the file: a page that is cut off is then left out
 * @throws EtudeError when a page is truncated, its checksum is wrong, the codec is not supported, or streams
 * are interleaved
 */
export function oggStreams(bytes: Uint8Array, clip: ClipName, isStart = false): OggStream[] {
  const streams: (OggStream & { start: number; pages: number; serial: number; preSkip: number })[] = [];
  for (let at = 0, page = 0; at < bytes.length; page++) {
    if (isStart && page > 0 && isCut(bytes, at)) break;
    const { header, length } = pageAt(bytes, at, page, clip);
    const serial = new DataView(bytes.buffer, bytes.byteOffset + at + 14, 4).getUint32(0, true);
    const begins = (bytes[at + 5]! & FIRST_PAGE) !== 0;
    // Streams that are interleaved all begin before any of them continues.
    if (begins && streams.at(-1)?.pages === 1) throw interleaved(clip);
    if (begins || streams.length === 0) {
      const codec = codecOf(bytes, at + header, clip);
      const preSkip =
        codec === 'opus' && length >= header + 12
          ? bytes[at + header + 10]! | (bytes[at + header + 11]! << 8)
          : 0;
      streams.push({ codec, bytes, samples: 0, start: at, pages: 0, serial, preSkip });
    }
    const stream = streams.at(-1)!;
    if (serial !== stream.serial) throw interleaved(clip);
    const position = granulePosition(bytes, at);
    if (position !== undefined) stream.samples = Math.max(0, position - stream.preSkip);
    at += length;
    stream.pages += 1;
    stream.bytes = bytes.subarray(stream.start, at);
  }
  return streams;
}

function interleaved(clip: ClipName) {
  return audioError(clip, 'Ogg file holds several streams at once', {
    expected: 'one audio stream, or several in sequence',
    hint: CONVERT,
  });
}

/** Whether a page goes on after the bytes. */
function isCut(bytes: Uint8Array, at: number): boolean {
  const segments = bytes[at + 26];
  if (segments === undefined) return true;
  const sizes = bytes.subarray(at + 27, at + 27 + segments);
  return at + 27 + segments + sizes.reduce((sum, size) => sum + size, 0) > bytes.length;
}

/**
 * Lengths of a page's header and of the complete page, after checking that it is complete and its checksum is
 * right.
 */
function pageAt(
  bytes: Uint8Array,
  at: number,
  page: number,
  clip: ClipName,
): { header: number; length: number } {
  if (latin1(bytes, at, 4) !== 'OggS')
    throw audioError(clip, `Ogg file is damaged: no page starts at byte ${at}`);
  const segments = bytes[at + 26];
  const header = 27 + (segments ?? 0);
  if (segments === undefined || at + header > bytes.length) throw cutShort(clip, page);
  let length = header;
  for (let i = 0; i < segments; i++) length += bytes[at + 27 + i]!;
  if (at + length > bytes.length) throw cutShort(clip, page);
  if (checksum(bytes, at, length) !== storedChecksum(bytes, at)) {
    throw audioError(clip, `Ogg file is damaged: wrong checksum in page ${page}`);
  }
  return { header, length };
}

function codecOf(bytes: Uint8Array, at: number, clip: ClipName): OggCodec {
  if (latin1(bytes, at, 7) === '\x01vorbis') return 'vorbis';
  if (latin1(bytes, at, 8) === 'OpusHead') return 'opus';
  if (latin1(bytes, at, 5) === '\x7fFLAC') return 'flac';
  const speex = latin1(bytes, at, 5) === 'Speex';
  throw audioError(clip, speex ? 'Ogg Speex is not supported' : 'Ogg file holds no known audio codec', {
    expected: 'Vorbis, Opus or FLAC in Ogg',
    hint: CONVERT,
  });
}

function checksum(bytes: Uint8Array, start: number, length: number): number {
  let crc = 0;
  for (let i = 0; i < length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : bytes[start + i]!;
    crc = ((crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ byte]!) >>> 0;
  }
  return crc;
}

function storedChecksum(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at + 22, 4).getUint32(0, true);
}

function cutShort(clip: ClipName, page: number) {
  return audioError(clip, 'Ogg file is truncated', {
    expected: `the rest of page ${page}`,
    got: 'the end of the file',
  });
}

/** The page's absolute position in samples; `undefined` (−1 in the file) when no packet ends on it. */
function granulePosition(bytes: Uint8Array, at: number): number | undefined {
  const position = new DataView(bytes.buffer, bytes.byteOffset + at + 6, 8).getBigInt64(0, true);
  return position < 0n ? undefined : Number(position);
}
