/** ln 10 / 20: nepers in a decibel. */
const NEPERS = 0.11512925464970228;

/** Terms of the series: enough for 120 dB. */
const TERMS = 24;

/** Halvings of the exponent, so that what is left is small. */
const HALVINGS = 6;

/**
 * The amplitude ratio of a level: 10^(db / 20), from sums and products alone. `Math.pow` may differ in its
 * last digit between JavaScript engines, and a training would then not be the same everywhere.
 *
 * @param db from −240 to 240
 */
export function amplitudeOf(db: number): number {
  const x = (db * NEPERS) / 2 ** HALVINGS;
  let sum = 1;
  for (let k = TERMS; k > 0; k--) sum = 1 + (sum * x) / k;
  for (let i = 0; i < HALVINGS; i++) sum *= sum;
  return sum;
}
