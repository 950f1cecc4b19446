/** What counts as silence, as in librosa. */
export interface TrimOptions {
  /** dB below the loudest frame. */
  top_db: number;
  /** Samples. */
  frame_length: number;
  /** Samples. */
  hop_length: number;
}

/** Amplitudes are not taken for lower than this (`amplitude_to_db`). */
const LEAST_AMPLITUDE = 1e-5;

/**
 * The samples `[start, end)` of a clip between silence at its start and at its end: `librosa.effects.trim`,
 * with RMS levels of centred frames, zeros beyond the clip's ends.
 *
 * @returns `undefined` for a clip that is silent throughout; librosa keeps all of it
 */
export function trimmedRange(
  samples: Float32Array,
  { top_db, frame_length, hop_length }: TrimOptions,
): [start: number, end: number] | undefined {
  const powers = framePowers(samples, frame_length, hop_length);
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const least = LEAST_AMPLITUDE ** 2;
  if (loudest <= least) return undefined;
  const isHeard = (power: number) => 10 * Math.log10(Math.max(least, power) / loudest) > -top_db;
  const first = powers.findIndex(isHeard);
  const last = powers.findLastIndex(isHeard);
  return [first * hop_length, Math.min(samples.length, (last + 1) * hop_length)];
}

/** Mean squares of the frames around every `hop` samples. */
function framePowers(samples: Float32Array, frame: number, hop: number): Float64Array {
  const half = Math.floor(frame / 2);
  const padded = samples.length + 2 * half;
  const powers = new Float64Array(Math.max(0, 1 + Math.floor((padded - frame) / hop)));
  for (let i = 0; i < powers.length; i++) {
    const start = Math.max(0, i * hop - half);
    const end = Math.min(samples.length, i * hop - half + frame);
    let sum = 0;
    for (let at = start; at < end; at++) sum += samples[at]! * samples[at]!;
    powers[i] = sum / frame;
  }
  return powers;
}
