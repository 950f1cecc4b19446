import { EtudeError } from '../src/util/errors.js';

/** A measurement of Etude and of its peer, interleaved so that both see the same state of the machine. */
export interface Pairs {
  etude: number[];
  peer: number[];
}

/**
 * Measures interleaved: Etude, peer, peer, Etude, …, after `warmups` pairs that are not counted. The order
 * alternates, so that neither always runs on a machine that the other has just heated up, or whose caches it
 * has just evicted.
 */
export async function measurePairs(
  count: number,
  warmups: number,
  etude: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<Pairs> {
  const pairs: Pairs = { etude: [], peer: [] };
  for (let i = -warmups; i < count; i++) {
    const order = i % 2 === 0 ? (['etude', 'peer'] as const) : (['peer', 'etude'] as const);
    for (const side of order) {
      const value = await { etude, peer }[side]();
      if (i >= 0) pairs[side].push(value);
    }
  }
  return pairs;
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The line that a benchmark prints for a measurement. The ratio is the median of the pairs' ratios, Etude's
 * value over the peer's: under 1 is better if the unit is a time, over 1 if it is a rate.
 */
export function pairsLine(
  measure: string,
  unit: string,
  peerName: string,
  pairs: Pairs,
  digits: number,
): string {
  const ratio = median(pairs.etude.map((value, i) => value / pairs.peer[i]!));
  const [etude, peer] = [median(pairs.etude), median(pairs.peer)].map((value) => value.toFixed(digits));
  return `${measure}: etude ${etude} ${unit}, ${peerName} ${peer} ${unit}, ratio ${ratio.toFixed(2)} (median of ${pairs.etude.length} pairs)`;
}

/** Runs a benchmark; a problem that the user can fix is printed without a stack trace. */
export async function runBench(bench: () => Promise<void>): Promise<void> {
  try {
    await bench();
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    console.error(error.describe());
    process.exitCode = 1;
  }
}
