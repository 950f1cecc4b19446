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

/** Draws a recording of noise. */
export type NoiseSource = (random: Random, length: number) => Promise<Float32Array>;

/** Parts of a speed are hundredths. */
const PARTS = 100;

/**
 * A clip as it is heard in one epoch. What is drawn depends on the seed and the hearing alone, and on no
 * other change: adding noise to a recipe does not alter which clips are faster.
 *
 * @param samples mono; not written to
 * @param rate Hz
 * @param options.noises For `background_noise`.
 * @param options.shortest A clip that has this many samples is not made faster than to keep them.
 */
export async function augmentClip(
  samples: Float32Array,
  rate: number,
  { speed, shift, gain, background_noise, noise, telephone }: Changes,
  seed: number,
  { epoch, row, time }: Hearing,
  { shortest = 1, noises }: { shortest?: number; noises?: NoiseSource } = {},
): Promise<Float32Array> {
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
  const recorded = draw(background_noise, 'background_noise');
  if (recorded && noises) {
    const ratio = ratioOf(background_noise!, recorded);
    clip = addNoise(clip, await noises(recorded, clip.length), ratio);
  }
  const noisy = draw(noise, 'noise');
  if (noisy) {
    const ratio = ratioOf(noise!, noisy);
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

function ratioOf({ min_snr_db, max_snr_db }: { min_snr_db: number; max_snr_db: number }, random: Random) {
  return amplitudeOf(between(min_snr_db, max_snr_db, random));
}

function between(least: number, greatest: number, random: Random): number {
  return least + (greatest - least) * random.uniform();
}
