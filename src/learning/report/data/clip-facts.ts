import { createHash } from 'node:crypto';
import type { AudioFeature } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { decodeAudio } from '../../audio/decode/decode-audio.js';
import type { ChunkRows, ChunkTransform } from '../../data/chunk-transform.js';
import type { AudioSamples, EncodedAudio } from '../../data/column.js';

/** What a report says of a clip. */
export interface ClipFacts {
  /** Seconds. */
  duration: number;
  /** Hz. */
  rate: number;
  /** Of the loudest sample; full scale is 1. */
  peak: number;
  /** Root of the mean square of the samples. */
  rms: number;
  /** Consecutive samples at full scale, the most. */
  clipped: number;
  /** Share of the clip, in parts of 20 ms, that is below `QUIET`. */
  quiet: number;
  /** Of the file's bytes, or the samples. */
  digest: string;
}

/** A part of a clip whose level is below that is silence, in dBFS. */
export const QUIET = -60;
const PART_SECONDS = 0.02;
/** 16-bit audio reaches 32767 of 32768. */
const FULL = 0.9999;

/** `audio` to `facts`, as JSON: null where there is no clip, `false` if it cannot be decoded. */
export const transform: ChunkTransform<null> = { module: import.meta.url, transform: factsOfRows };

async function factsOfRows({ rows, inputs, rowDone }: ChunkRows<null>) {
  const { column, feature } = inputs.audio!;
  const facts: (string | null)[] = [];
  for (let row = 0; row < rows; row += 1) {
    const clip = column.get(row) as EncodedAudio | AudioSamples | null;
    facts.push(clip === null ? null : JSON.stringify(await factsOf(clip, feature as AudioFeature)));
    await rowDone();
  }
  return { facts };
}

/** @returns `false` for a clip that cannot be decoded */
export async function factsOf(
  clip: EncodedAudio | AudioSamples,
  { sampling_rate }: AudioFeature,
): Promise<ClipFacts | false> {
  try {
    if ('array' in clip) {
      // Of a clip that the stage skipped, its chunk has only the name.
      const samples = clip.array as Float32Array | null;
      return samples !== null && measured(samples, sampling_rate!, samples);
    }
    if (clip.bytes === null) return false;
    const decoded = await decodeAudio(clip.bytes, { name: clip.path ?? 'clip' });
    return measured(decoded.samples, decoded.sampling_rate, clip.bytes);
  } catch (error) {
    if (error instanceof EtudeError) return false;
    throw error;
  }
}

function measured(samples: Float32Array, rate: number, content: Uint8Array | Float32Array): ClipFacts {
  const part = Math.max(1, Math.round(PART_SECONDS * rate));
  const least = 10 ** (QUIET / 10);
  let [peak, sum, clipped, run, inPart, quiet] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const level = Math.abs(samples[at]!);
    if (level > peak) peak = level;
    run = level >= FULL ? run + 1 : 0;
    if (run > clipped) clipped = run;
    const power = level * level;
    sum += power;
    inPart += power;
    const length = (at % part) + 1;
    if (length < part && at + 1 < samples.length) continue;
    if (inPart / length < least) quiet += length;
    inPart = 0;
  }
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  const length = Math.max(1, samples.length);
  return {
    duration: samples.length / rate,
    rate,
    peak,
    rms: Math.sqrt(sum / length),
    clipped,
    quiet: quiet / length,
    digest: createHash('sha256').update(bytes).digest('base64').slice(0, 22),
  };
}
