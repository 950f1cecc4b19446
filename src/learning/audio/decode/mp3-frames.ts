/**
 * Kilobits per second by the header's bitrate index: MPEG-1 layer I, II, III, then MPEG-2 and 2.5 layer I, II
 * and III.
 */
const BITRATES = {
  v1: [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  ],
  v2: [
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ],
};
/** Hz of MPEG-1; MPEG-2 has half of it, MPEG-2.5 a quarter. */
const RATES = [44100, 48000, 32000];

/** The most other bytes before the first frame. */
const MOST_JUNK = 65536;
/** How many consecutive frames it takes for bytes among other data to be recognised as audio. */
const CHAIN = 3;
/** The same if nothing else says that they are: machine code often looks like three of them. */
const LONG_CHAIN = 8;

/** True if an MPEG audio frame header (layer III, II or I; versions 1, 2 and 2.5) is at `offset`. */
export function isMpegAudioFrame(bytes: Uint8Array, offset: number): boolean {
  if (offset + 4 > bytes.length) return false;
  if (bytes[offset] !== 0xff || (bytes[offset + 1]! & 0xe0) !== 0xe0) return false;
  const version = (bytes[offset + 1]! >> 3) & 3;
  const layer = (bytes[offset + 1]! >> 1) & 3;
  const bitrate = bytes[offset + 2]! >> 4;
  const rate = (bytes[offset + 2]! >> 2) & 3;
  return version !== 1 && layer !== 0 && bitrate !== 15 && rate !== 3;
}

/**
 * Sampling rate (Hz) and length (bytes; 0 if the header does not say) of the frame whose header is at
 * `offset`.
 */
export function frameAt(bytes: Uint8Array, offset: number): { rate: number; length: number } {
  const version = (bytes[offset + 1]! >> 3) & 3;
  const layer = 4 - ((bytes[offset + 1]! >> 1) & 3);
  const mpeg1 = version === 3;
  const rate = RATES[(bytes[offset + 2]! >> 2) & 3]! / (mpeg1 ? 1 : version === 2 ? 2 : 4);
  const bits = BITRATES[mpeg1 ? 'v1' : 'v2'][layer - 1]![bytes[offset + 2]! >> 4]! * 1000;
  const padding = (bytes[offset + 2]! >> 1) & 1;
  if (bits === 0) return { rate, length: 0 };
  if (layer === 1) return { rate, length: 4 * (Math.floor((12 * bits) / rate) + padding) };
  const samples = layer === 3 && !mpeg1 ? 576 : 1152;
  return { rate, length: Math.floor(((samples / 8) * bits) / rate) + padding };
}

/**
 * The offset of the first frame at or after `start`, directly followed by others of the same kind up to the
 * end of the bytes, or three in all; `undefined` if there is none within 64 kB. mpg123 and FFmpeg search for
 * it, too.
 *
 * @param isMp3 False if that is the question: it takes eight, and none of layer I, as which the jump tables
 * of programs can be read.
 */
export function firstFrame(bytes: Uint8Array, start: number, { isMp3 = true } = {}): number | undefined {
  const end = Math.min(bytes.length, start + MOST_JUNK);
  for (let at = bytes.indexOf(0xff, start); at >= 0 && at < end; at = bytes.indexOf(0xff, at + 1))
    if (startsChain(bytes, at, isMp3)) return at;
  return undefined;
}

function startsChain(bytes: Uint8Array, start: number, isMp3: boolean): boolean {
  const frames = isMp3 ? CHAIN : LONG_CHAIN;
  if (!isMp3 && (bytes[start + 1]! & 6) === 6) return false;
  let at = start;
  let rate: number | undefined;
  for (let frame = 0; frame < frames; frame++) {
    if (at === bytes.length && frame > 1) return true;
    if (!isMpegAudioFrame(bytes, at)) return false;
    const { rate: own, length } = frameAt(bytes, at);
    // Version and layer, in the second byte, are the same in all.
    if (
      length === 0 ||
      (rate !== undefined && own !== rate) ||
      ((bytes[at + 1]! ^ bytes[start + 1]!) & 0x1e) !== 0
    )
      return false;
    rate = own;
    at += length;
  }
  return true;
}
