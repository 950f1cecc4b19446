import { count } from '../../../util/words.js';
import { audioError, type ClipName } from './audio-error.js';
import { latin1 } from './container.js';
import type { LengthLimit } from './length-limit.js';
import { mixInterleaved } from './mix-to-mono.js';
import { BYTES_PER_SAMPLE, readWavSamples, type WavEncoding } from './wav-samples.js';

/** The `fmt ` chunk. */
export interface WavFormat {
  encoding: WavEncoding;
  channels: number;
  /** Hz. */
  sampling_rate: number;
}

/** The format, and bytes of samples: complete frames, channels interleaved. */
interface WavLayout extends WavFormat {
  data: Uint8Array;
}

/**
 * Sizes from here on that exceed the file mean "unknown": 0x7FFFF000 rounded down to full frames (SoX,
 * eSpeak; hence the margin of 64 kB), 0x80000000 (arecord), 0xFFFFFFFF (FFmpeg) and anything between; with 64
 * bits, the largest numbers. No clip is that long.
 */
const PLACEHOLDER = 0x7fff0000;
const MAX_CHANNELS = 256;
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_A_LAW = 6;
const FORMAT_MU_LAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;
/** Bytes 2 … 15 of an EXTENSIBLE sub-format GUID that carries a plain format tag in its first two bytes. */
const SUBFORMAT_TAIL = '\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71';
const OTHER_FORMATS: Record<number, string> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG layer II',
  85: 'MP3',
  353: 'Windows Media',
};

/**
 * Decodes a WAV file (RIFF, RF64, BW64) to mono samples.
 *
 * @returns `finite` if the encoding cannot represent anything else
 * @throws EtudeError for anything but a complete WAV file: no `fmt ` or `data`, an unsupported encoding,
 * truncated samples; TooLong
 */
export function decodeWav(
  bytes: Uint8Array,
  clip: ClipName,
  limit?: LengthLimit,
): { samples: Float32Array; sampling_rate: number; finite: boolean } {
  const { encoding, channels, sampling_rate, data } = readWavLayout(bytes, clip);
  limit?.add(data.length / BYTES_PER_SAMPLE[encoding] / channels, sampling_rate, channels, clip);
  const samples = mixInterleaved(readWavSamples(data, encoding), channels);
  return { samples, sampling_rate, finite: encoding !== 'float32' && encoding !== 'float64' };
}

/** Walks the chunks of a WAV file up to its samples. */
export function readWavLayout(bytes: Uint8Array, clip: ClipName): WavLayout {
  const { start, length, ...format } = findWavSamples(bytes, bytes.length, clip)!;
  return { ...format, data: bytes.subarray(start, start + length) };
}

/**
 * The format of a WAV file and where its samples are, in bytes, from its first bytes alone.
 *
 * @param bytes the start of the file, or all of it
 * @param total bytes in the file
 * @returns `undefined` if the samples start after `bytes`
 */
export function findWavSamples(
  bytes: Uint8Array,
  total: number,
  clip: ClipName,
): (WavFormat & { start: number; length: number }) | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const riffSize = view.byteLength >= 12 ? view.getUint32(4, true) : 0;
  let format: WavFormat | undefined;
  let longDataSize: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = latin1(bytes, at, 4);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'data') {
      if (format === undefined) throw audioError(clip, "WAV file has no 'fmt ' chunk before its samples");
      const length = dataLength(total, body, size, longDataSize, riffSize, format, clip);
      return { ...format, start: body, length };
    }
    if (body + size > total)
      throw cutShort(clip, `${count(size, 'byte')} in chunk '${printable(id)}'`, total - body);
    if (body + size > bytes.length) return undefined;
    if (id === 'fmt ') format = readFormat(view, body, size, clip);
    // RF64 (EBU Tech 3306): a 'ds64' chunk contains the 64-bit sizes of RIFF, data and sample count.
    if (id === 'ds64' && size >= 16) longDataSize = Number(view.getBigUint64(body + 8, true));
    at = body + size + (size % 2);
    if (at + 8 > bytes.length && bytes.length < total) return undefined;
  }
  throw audioError(
    clip,
    format === undefined ? "WAV file has no 'fmt ' chunk" : "WAV file has no 'data' chunk",
    {
      hint: 'The file may be truncated.',
    },
  );
}

function readFormat(view: DataView, at: number, size: number, clip: ClipName): WavFormat {
  if (size < 16)
    throw audioError(clip, "WAV 'fmt ' chunk is too short", { expected: '16 bytes', got: `${size}` });
  let tag = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const sampling_rate = view.getUint32(at + 4, true);
  const blockAlign = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (tag === FORMAT_EXTENSIBLE && size >= 40) {
    let tail = '';
    for (let i = 26; i < 40; i++) tail += String.fromCharCode(view.getUint8(at + i));
    if (tail === SUBFORMAT_TAIL) tag = view.getUint16(at + 24, true);
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw audioError(clip, 'WAV file has an implausible number of channels', {
      expected: `1 to ${MAX_CHANNELS}`,
      got: `${channels}`,
    });
  }
  // The container's width counts, not the valid bits in it: 12 bits in 16 are left-justified.
  const bytesPerSample = blockAlign % channels === 0 ? blockAlign / channels : 0;
  const encoding = encodingOf(tag, bytesPerSample);
  if (encoding === undefined) {
    const name = OTHER_FORMATS[tag] ?? `format 0x${tag.toString(16).padStart(4, '0')}`;
    throw audioError(
      clip,
      `WAV encoding is not supported: ${name}, ${count(bits, 'bit')}, ${count(blockAlign, 'byte')} per frame`,
      {
        expected: 'PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, mu-law or A-law',
        hint: 'Convert it: ffmpeg -i FILE -c:a pcm_s16le NEW.wav',
      },
    );
  }
  return { encoding, channels, sampling_rate };
}

function encodingOf(tag: number, bytesPerSample: number): WavEncoding | undefined {
  if (tag === FORMAT_PCM) return ([undefined, 'uint8', 'int16', 'int24', 'int32'] as const)[bytesPerSample];
  if (tag === FORMAT_FLOAT)
    return bytesPerSample === 4 ? 'float32' : bytesPerSample === 8 ? 'float64' : undefined;
  if (tag === FORMAT_A_LAW) return bytesPerSample === 1 ? 'a-law' : undefined;
  if (tag === FORMAT_MU_LAW) return bytesPerSample === 1 ? 'mu-law' : undefined;
  return undefined;
}

function dataLength(
  total: number,
  body: number,
  size: number,
  longSize: number | undefined,
  riffSize: number,
  format: WavFormat,
  clip: ClipName,
): number {
  const there = total - body;
  const declared = size === 0xffffffff && longSize !== undefined ? longSize : size;
  // A writer to a pipe cannot know the size: it writes 0 (with a RIFF size that ends here) or a very large
  // number.
  const streamed =
    declared === 0
      ? riffSize <= body || riffSize >= PLACEHOLDER
      : declared > there && declared >= PLACEHOLDER && (declared < 2 ** 32 || declared >= 2 ** 63 - 1);
  if (!streamed && declared > there) throw cutShort(clip, `${count(declared, 'byte')} of samples`, there);
  const frame = format.channels * BYTES_PER_SAMPLE[format.encoding];
  const length = streamed ? there : declared;
  return length - (length % frame);
}

function cutShort(clip: ClipName, expected: string, got: number) {
  return audioError(clip, 'WAV file is truncated', { expected, got: `${Math.max(0, got)}` });
}

function printable(id: string): string {
  return id.replace(/[^ -~]/g, '?');
}
