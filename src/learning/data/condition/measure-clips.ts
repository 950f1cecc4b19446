import type { AudioFeature } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { clipFacts } from '../../audio/clip-facts.js';
import { decodeAudio } from '../../audio/decode/decode-audio.js';
import type { ChunkRows, ChunkTransform } from '../chunk-transform.js';
import type { AudioSamples, EncodedAudio } from '../column.js';

/** What is to be measured besides the duration, which takes no decoding of WAV files. */
export interface MeasureParams {
  levels: boolean;
}

/**
 * `audio` to `duration` in seconds, `peak` and `rms` in dBFS, and `reason`: why a clip cannot be measured.
 * All are null where there is no clip.
 */
export const transform: ChunkTransform<MeasureParams> = { module: import.meta.url, transform: measure };

/** Whether a row has no clip, not even the path of one. */
export function isMissing(clip: EncodedAudio | AudioSamples | null): clip is null {
  return clip === null || (clip.path === null && ('bytes' in clip ? clip.bytes : clip.array) === null);
}

interface Measures {
  duration: number;
  peak?: number;
  rms?: number;
}

async function measure({ params, rows, inputs, rowDone }: ChunkRows<MeasureParams>) {
  const { column, feature } = inputs.audio!;
  const result = { duration: [], peak: [], rms: [], reason: [] } as Record<string, unknown[]>;
  for (let row = 0; row < rows; row++) {
    const clip = column.get(row) as EncodedAudio | AudioSamples | null;
    let measures: Partial<Measures> = {};
    let reason: string | null = null;
    try {
      if (!isMissing(clip)) measures = await measuresOf(clip, feature as AudioFeature, params);
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      const { message, expected, got, hint } = error;
      reason = JSON.stringify({ message, expected, got, hint });
    }
    for (const name of ['duration', 'peak', 'rms'] as const) result[name]!.push(measures[name] ?? null);
    result.reason!.push(reason);
    await rowDone();
  }
  return result;
}

async function measuresOf(
  clip: EncodedAudio | AudioSamples,
  { sampling_rate }: AudioFeature,
  { levels }: MeasureParams,
): Promise<Measures> {
  if ('array' in clip)
    return { duration: clip.array.length / sampling_rate!, ...(levels && levelsOf(clip.array)) };
  if (clip.bytes === null) throw new EtudeError('there are no audio bytes in this row, only a path');
  const name = { name: clip.path ?? 'audio' };
  if (!levels) return { duration: (await clipFacts(clip.bytes, name)).seconds };
  const decoded = await decodeAudio(clip.bytes, name);
  return { duration: decoded.samples.length / decoded.sampling_rate, ...levelsOf(decoded.samples) };
}

/** Levels in dB relative to a full-scale sample, 1; minus infinity for silence. */
export function levelsOf(samples: Float32Array): { peak: number; rms: number } {
  let peak = 0;
  let sum = 0;
  for (const sample of samples) {
    peak = Math.max(peak, Math.abs(sample));
    sum += sample * sample;
  }
  return { peak: 20 * Math.log10(peak), rms: 10 * Math.log10(sum / Math.max(1, samples.length)) };
}
