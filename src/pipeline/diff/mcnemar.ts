/**
 * McNemar's exact test (1947): the probability, if two models are equally good, that the clips on which only
 * one of them is right are divided at least as unevenly as `lost` and `won`. Two-sided; 1 if there are none.
 */
export function mcnemar(lost: number, won: number): number {
  const n = lost + won;
  // Of C(n, k) / 2^n, summed as logarithms' exponentials: 2^n overflows from 1024 clips on.
  let log = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= Math.min(lost, won); k += 1) {
    sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
