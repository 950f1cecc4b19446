import type { AudioFeature } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { containerOf } from '../../audio/decode/container.js';
import { decodeAudio } from '../../audio/decode/decode-audio.js';
import { findWavSamples, type WavFormat } from '../../audio/decode/wav.js';
import { BYTES_PER_SAMPLE, type WavEncoding } from '../../audio/decode/wav-samples.js';
import { encodeWav, writeWav } from '../../audio/encode-wav.js';
import type { StoredAudio } from '../audio-chunk.js';
import type { AudioSamples, EncodedAudio } from '../column.js';

/** A clip that pieces can be cut from. */
export interface Clip {
  samples: number;
  /** Hz. */
  sampling_rate: number;
  /** Samples `[start, end)` as audio of the column's kind, followed by silence up to `length` samples. */
  cut(start: number, end: number, length: number): Promise<EncodedAudio | AudioSamples>;
}

/** A byte of silence, where it is not zero. */
const SILENCE: Partial<Record<WavEncoding, number>> = { uint8: 0x80, 'mu-law': 0xff, 'a-law': 0xd5 };

/** Nearly all WAV files have their samples within this many bytes. */
const HEAD_BYTES = 64 * 1024;

/**
 * Opens a clip for cutting. Of samples and WAV files, only what is cut is read, and pieces of a WAV file are
 * WAV files of the same encoding, channels and rate. Other files are decoded, once; pieces of them are WAV
 * files of their samples.
 *
 * @throws EtudeError for a file that cannot be decoded, and a clip without samples
 */
export async function openClip(stored: StoredAudio, { storage, sampling_rate }: AudioFeature): Promise<Clip> {
  const clip = storage === 'samples' ? samplesClip(stored, sampling_rate!) : await fileClip(stored);
  if (clip.samples === 0) throw new EtudeError('there is no audio in this row');
  return clip;
}

function samplesClip({ path, length, read }: StoredAudio, sampling_rate: number): Clip {
  return {
    samples: length / 4,
    sampling_rate,
    async cut(start, end, padded) {
      const bytes = await read(4 * start, 4 * end);
      const array = new Float32Array(padded);
      array.set(new Float32Array(bytes.buffer, 0, end - start));
      return { array, path };
    },
  };
}

async function fileClip(stored: StoredAudio): Promise<Clip> {
  const { path, length, read } = stored;
  const name = { name: path ?? 'audio' };
  const head = await read(0, Math.min(length, HEAD_BYTES));
  if (containerOf(head) === 'wav') {
    const found = findWavSamples(head, length, name) ?? findWavSamples(await read(0, length), length, name);
    return wavClip(stored, found!);
  }
  const { samples, sampling_rate } = await decodeAudio(await read(0, length), name);
  return {
    samples: samples.length,
    sampling_rate,
    async cut(start, end, padded) {
      const piece = new Float32Array(padded);
      piece.set(samples.subarray(start, end));
      return { bytes: encodeWav(piece, sampling_rate), path };
    },
  };
}

function wavClip(
  { path, read }: StoredAudio,
  { start: first, length, ...format }: WavFormat & { start: number; length: number },
): Clip {
  const { encoding, channels, sampling_rate } = format;
  const frame = channels * BYTES_PER_SAMPLE[encoding];
  return {
    samples: length / frame,
    sampling_rate,
    async cut(start, end, padded) {
      const bytes = await read(first + start * frame, first + end * frame);
      const data = new Uint8Array(padded * frame).fill(SILENCE[encoding] ?? 0, bytes.length);
      data.set(bytes);
      return { bytes: writeWav(format, data), path };
    },
  };
}
