import { Random } from '../../../random/random.js';
import type { Changes } from '../../../stage/artifact.js';
import { resample } from '../../audio/resample.js';
import { amplitudeOf } from './decibels.js';
import { addNoise, scaled } from './level.js';
import { makeNoise } from './make-noise.js';
import { shifted } from './shift.js';
import { overTelephone } from './telephone.js';

/** Which time a clip is heard: a row that is drawn again in an epoch is changed in another way. */
export interface Hearing {
  /** From 0. */
  epoch: number;
  row: number;
  /** How often the row came before in this epoch. */
  time: number;
}

/** Parts of a speed are hundredths. */
const PARTS = 100;

/**
 * A clip as it is heard in one epoch. What is drawn depends on the seed and the hearing alone, and on no other
 * change: adding noise to a recipe does not alter which clips are faster.
 *
 * @param samples mono; not written to
 * @param rate Hz
 * @param shortest A clip that has this many samples is not made faster than to keep them.
 */
export function augmentClip(
  samples: Float32Array,
  rate: number,
  { speed, shift, gain, noise, telephone }: Changes,
  seed: number,
  { epoch, row, time }: Hearing,
  shortest = 1,
): Float32Array {
  const draw = (change: { p: number } | undefined, name: string) => {
    if (change === undefined) return undefined;
    const random = Random.stream(seed, `augment ${name} ${epoch} ${row} ${time}`);
    return random.uniform() < change.p ? random : undefined;
  };
  let clip = samples;
  const fast = draw(speed, 'speed');
  if (fast) {
    const factor = speed!.factors[fast.integer(speed!.factors.length)]!;
    const changed = resample(clip, Math.round(factor * PARTS), PARTS);
    if (changed.length >= Math.min(shortest, clip.length)) clip = changed;
  }
  const late = draw(shift, 'shift');
  if (late) clip = shifted(clip, placesOf(shift!, clip.length, rate, late), shift!.rollover);
  const loud = draw(gain, 'gain');
  if (loud) clip = scaled(clip, amplitudeOf(between(gain!.min_gain_db, gain!.max_gain_db, loud)));
  const noisy = draw(noise, 'noise');
  if (noisy) {
    const ratio = amplitudeOf(between(noise!.min_snr_db, noise!.max_snr_db, noisy));
    clip = addNoise(clip, makeNoise(clip.length, noise!.color, noisy), ratio);
  }
  return draw(telephone, 'telephone') ? overTelephone(clip, rate) : clip;
}

function placesOf(
  { min_shift, max_shift, shift_unit }: NonNullable<Changes['shift']>,
  length: number,
  rate: number,
  random: Random,
): number {
  const unit = { fraction: length, seconds: rate, samples: 1 }[shift_unit];
  return Math.round(between(min_shift, max_shift, random) * unit);
}

function between(least: number, greatest: number, random: Random): number {
  return least + (greatest - least) * random.uniform();
}
