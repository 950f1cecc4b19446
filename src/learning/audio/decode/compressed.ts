import { count } from '../../../util/words.js';
import { audioError, type ClipName } from './audio-error.js';
import { id3Length, latin1 } from './container.js';
import type { DecodedAudio } from './decoded-audio.js';
import type { LengthLimit } from './length-limit.js';
import { mixPlanar } from './mix-to-mono.js';
import { mp3Stream } from './mp3-header.js';
import { type OggStream, oggStreams } from './ogg-pages.js';
import type { Planar } from './planar.js';
import { withDecoder } from './wasm-decoder.js';

/**
 * The longest clip that is accepted, in samples of all channels. A header that promises more is damaged, or
 * meant to fill the memory.
 */
const MAX_SAMPLES = 2 ** 30;

interface DecodeOptions {
  /** Whether the bytes are only the start of the file: what is cut off at their end is not a fault. */
  isStart?: boolean;
  /** How long the clip may be. */
  limit?: LengthLimit;
}

/** Decodes a compressed file. */
export async function decodeCompressed(
  container: 'flac' | 'mp3' | 'ogg',
  bytes: Uint8Array,
  clip: ClipName,
  options: DecodeOptions = {},
): Promise<DecodedAudio> {
  return { flac: decodeFlac, mp3: decodeMp3, ogg: decodeOgg }[container](bytes, clip, options);
}

/** Decodes a FLAC file; the number of samples must match its header's. */
async function decodeFlac(
  bytes: Uint8Array,
  clip: ClipName,
  { isStart, limit }: DecodeOptions,
): Promise<DecodedAudio> {
  const stream = bytes.subarray(id3Length(bytes));
  const expected = checkFlacHeader(stream, clip);
  const decoded = fromFlac(await withDecoder('flac', clip, stream, limit));
  // The parser skips frames that are damaged or cut off, so a shortfall is a sign of either.
  if (!isStart && expected !== 0 && decoded.samples.length < expected) {
    throw audioError(clip, 'FLAC file is truncated or damaged', {
      expected: count(expected, 'sample'),
      got: `${decoded.samples.length}`,
    });
  }
  return decoded;
}

/**
 * Decodes an MP3 file (MPEG audio, layers I to III), without the encoder's padding if the file specifies it.
 */
async function decodeMp3(
  bytes: Uint8Array,
  clip: ClipName,
  { isStart, limit }: DecodeOptions,
): Promise<DecodedAudio> {
  return mono(await withDecoder('mp3', clip, mp3Stream(bytes, clip, isStart), limit));
}

/**
 * Decodes Vorbis, Opus (at 48 kHz) or FLAC in Ogg; every page must be complete. Consecutive ("chained")
 * streams are one clip if they agree in rate and channels.
 */
async function decodeOgg(
  bytes: Uint8Array,
  clip: ClipName,
  { isStart, limit }: DecodeOptions,
): Promise<DecodedAudio> {
  const parts: DecodedAudio[] = [];
  let first: Planar | undefined;
  for (const stream of oggStreams(bytes, clip, isStart)) {
    const planar = await withDecoder(stream.codec, clip, stream.bytes, limit);
    first ??= planar;
    if (planar.sampleRate !== first.sampleRate || planar.channelData.length !== first.channelData.length) {
      const kind = (of: Planar) => `${of.sampleRate} Hz, channels: ${of.channelData.length}`;
      throw audioError(clip, `Ogg file changes its sampling rate or channels in stream ${parts.length + 1}`, {
        expected: `${kind(first)}, as in its first stream`,
        got: kind(planar),
        hint: 'Split it into files of one format each.',
      });
    }
    parts.push(decodedStream(planar, stream));
  }
  const [{ sampling_rate }] = parts as [DecodedAudio];
  return { samples: joined(parts.map(({ samples }) => samples)), sampling_rate };
}

function decodedStream(planar: Planar, { codec, samples }: OggStream): DecodedAudio {
  const decoded = codec === 'flac' ? fromFlac(planar) : mono(planar);
  // The last packet is padded to a full block; the last page says where the audio ends.
  const whole =
    samples > 0 && samples < decoded.samples.length ? decoded.samples.subarray(0, samples) : decoded.samples;
  return { ...decoded, samples: whole };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function mono({ channelData, sampleRate }: Planar): DecodedAudio {
  return { samples: mixPlanar(channelData), sampling_rate: sampleRate };
}

/** The FLAC decoder divides by 2^(bits − 1) − 1; the integers are divided by 2^(bits − 1) everywhere else. */
function fromFlac(planar: Planar): DecodedAudio {
  const fullScale = 2 ** ((planar.bitDepth ?? 16) - 1);
  for (const channel of planar.channelData) {
    for (let i = 0; i < channel.length; i++)
      channel[i] = Math.round(channel[i]! * (fullScale - 1)) / fullScale;
  }
  return mono(planar);
}

/** The number of samples per channel that STREAMINFO promises; 0 for unknown. */
function checkFlacHeader(bytes: Uint8Array, clip: ClipName): number {
  const info = bytes.subarray(8, 8 + 34);
  if (latin1(bytes, 0, 4) !== 'fLaC' || ((bytes[4] ?? 0xff) & 0x7f) !== 0 || info.length < 34) {
    throw audioError(clip, 'FLAC file has no STREAMINFO block', {
      hint: 'The file may be truncated.',
    });
  }
  const channels = ((info[12]! >> 1) & 7) + 1;
  const samples =
    (info[13]! & 15) * 2 ** 32 + new DataView(info.buffer, info.byteOffset + 14, 4).getUint32(0, false);
  if (samples * channels > MAX_SAMPLES) {
    throw audioError(clip, 'FLAC header has an implausible length', {
      expected: `at most ${MAX_SAMPLES} samples`,
      got: `${samples * channels}`,
    });
  }
  return samples;
}
