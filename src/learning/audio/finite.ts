import { EtudeError } from '../../util/etude-error.js';

/** @throws EtudeError that gives the first sample that is not a finite number. */
export function checkFinite(samples: Float32Array, file?: string): void {
  if (allFinite(samples)) return;
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  throw new EtudeError(`sample ${bad} is not a finite number`, { got: `${samples[bad]}`, where: { file } });
}

/**
 * x − x is 0 for a finite number and NaN otherwise. Four independent sums, since each addition waits for the
 * one before it.
 */
export function allFinite(samples: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < samples.length; i += 4) {
    a += samples[i]! - samples[i]!;
    b += samples[i + 1]! - samples[i + 1]!;
    c += samples[i + 2]! - samples[i + 2]!;
    d += samples[i + 3]! - samples[i + 3]!;
  }
  for (; i < samples.length; i++) a += samples[i]! - samples[i]!;
  return a + b + c + d === 0;
}
