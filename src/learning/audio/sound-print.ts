import { fourier } from './mel/fourier.js';
import { hann } from './mel/windows.js';
import { resample } from './resample.js';

const RATE = 4000;
const FRAME = 1000;
const SIZE = 1024;
const HOP = 64;
const BANDS = 33;
const LOWEST = 300;
const HIGHEST = 1900;
/** Frames more than this far below the loudest are noise, and other noise in another recording. */
const QUIET_DB = 30;
/** Only so much of a clip is heard: a longer one costs no more. */
export const HEARD_SECONDS = 8;

let known: { window: Float64Array; transform: ReturnType<typeof fourier>; edges: number[] } | undefined;

/**
 * What a recording sounds like, whatever its level, rate or codec: 32 bits for each 16 ms, the signs of the
 * differences of energy between neighbouring bands, and between this frame and the one before (Haitsma and
 * Kalker, "A Highly Robust Audio Fingerprinting System", 2002); 0 where it is quiet.
 *
 * @param samples mono
 * @param rate Hz
 * @returns empty for a clip that is too short or silent
 */
export function soundPrint(samples: Float32Array, rate: number): Uint32Array {
  const heard = samples.subarray(0, HEARD_SECONDS * rate);
  const low = resample(heard, rate, RATE);
  const frames = Math.floor((low.length - FRAME) / HOP) + 1;
  if (frames < 2) return new Uint32Array();
  const energies = bandEnergies(low, frames);
  const totals = Array.from({ length: frames }, (_, frame) =>
    energies.subarray(frame * BANDS, (frame + 1) * BANDS).reduce((sum, energy) => sum + energy, 0),
  );
  const loudest = totals.reduce((most, total) => Math.max(most, total), 0);
  const quiet = loudest * 10 ** (-QUIET_DB / 10);
  const print = new Uint32Array(frames - 1);
  for (let frame = 1; frame < frames; frame += 1) {
    if (!(totals[frame]! > quiet)) continue;
    let bits = 0;
    for (let band = 0; band < BANDS - 1; band += 1) {
      const at = frame * BANDS + band;
      const before = at - BANDS;
      const rise = energies[at]! - energies[at + 1]! - (energies[before]! - energies[before + 1]!);
      bits = (bits << 1) | (rise > 0 ? 1 : 0);
    }
    print[frame - 1] = bits;
  }
  return print;
}

/** Energy of each band of each frame; two frames share one complex transform. */
function bandEnergies(samples: Float32Array, frames: number): Float64Array {
  known ??= { window: hann(FRAME), transform: fourier(SIZE), edges: bandEdges() };
  const { window, transform, edges } = known;
  const [re, im] = [new Float64Array(SIZE), new Float64Array(SIZE)];
  const energies = new Float64Array((frames + 1) * BANDS);
  for (let frame = 0; frame < frames; frame += 2) {
    const start = frame * HOP;
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < FRAME; i += 1) {
      re[i] = window[i]! * samples[start + i]!;
      im[i] = window[i]! * (samples[start + HOP + i] ?? 0);
    }
    const out = transform(re, im);
    for (let band = 0; band < BANDS; band += 1) {
      let [one, other] = [0, 0];
      for (let bin = edges[band]!; bin < edges[band + 1]!; bin += 1) {
        const [a, b] = [out.re[bin]!, out.im[bin]!];
        const [c, d] = [out.re[SIZE - bin]!, out.im[SIZE - bin]!];
        one += (a + c) ** 2 + (b - d) ** 2;
        other += (b + d) ** 2 + (a - c) ** 2;
      }
      energies[frame * BANDS + band] = one;
      energies[(frame + 1) * BANDS + band] = other;
    }
  }
  return energies;
}

/** First bins of the bands, which are equally wide on a logarithmic scale, and the end of the last. */
function bandEdges(): number[] {
  return Array.from({ length: BANDS + 1 }, (_, edge) =>
    Math.round((LOWEST * (HIGHEST / LOWEST) ** (edge / BANDS) * SIZE) / RATE),
  );
}
