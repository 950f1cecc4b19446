import { writeWav } from '../encode-wav.js';
import type { ClipName } from './audio-error.js';
import { containerOf, id3Length } from './container.js';
import { decodeAudio } from './decode-audio.js';
import type { DecodedAudio } from './decoded-audio.js';
import { findWavSamples } from './wav.js';
import { BYTES_PER_SAMPLE } from './wav-samples.js';

/** A file that is read in pieces. */
export interface StoredFile {
  /** Bytes. */
  length: number;
  /** Bytes `[start, end)`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Nearly all WAV files have their samples within this many bytes; so do tags their lengths. */
const HEAD_BYTES = 64 * 1024;

/**
 * Bytes that hold the first seconds, at rates of bits that are usual; if not, four times as many are read.
 */
const STARTS = { mp3: 512 * 1024, ogg: 512 * 1024, flac: 2 * 1024 * 1024 };

/**
 * The first seconds of a file, or all of a shorter one, decoded as by `decodeAudio`. Of a long file, only
 * what is needed is read, so that hours take no more memory than minutes; what comes later is not checked.
 *
 * @throws EtudeError like `decodeAudio`
 */
export async function decodeStart(
  { length, read }: StoredFile,
  seconds: number,
  clip: ClipName,
  starts = STARTS,
): Promise<DecodedAudio> {
  const first = ({ samples, sampling_rate }: DecodedAudio) => ({
    samples: samples.subarray(0, seconds * sampling_rate),
    sampling_rate,
  });
  const whole = async () => first(await decodeAudio(await read(0, length), clip));
  if (length <= HEAD_BYTES) return whole();
  const head = await read(0, HEAD_BYTES);
  const container = containerOf(head);
  if (container === undefined) return whole();
  if (container === 'wav') {
    const found = findWavSamples(head, length, clip);
    if (found === undefined) return whole();
    const { start, length: bytes, ...format } = found;
    const frame = format.channels * BYTES_PER_SAMPLE[format.encoding];
    const end = start + Math.min(bytes, Math.ceil(seconds * format.sampling_rate) * frame);
    return first(await decodeAudio(writeWav(format, await read(start, end)), clip));
  }
  const { decodeCompressed } = await import('./compressed.js');
  for (let size = id3Length(head) + starts[container]; size < length; size *= 4) {
    const decoded = await decodeCompressed(container, await read(0, size), clip, { isStart: true });
    if (decoded.samples.length >= seconds * decoded.sampling_rate) return first(decoded);
  }
  return whole();
}
