import { EtudeError } from '../src/util/errors.js';

/** One measure of Etude and of its peer, taken turn about so that both see the same state of the machine. */
export interface Pairs {
  etude: number[];
  peer: number[];
}

/**
 * Measures turn about: Etude, peer, peer, Etude, …, after `warmups` pairs that are not counted. Who goes
 * first alternates, so that neither always runs on a machine that the other has just heated or emptied the
 * caches of.
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

/** The middle value; between two, their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The line that a bench prints for a measure. The ratio is the median of the pairs' own ratios, Etude's value
 * over the peer's: under 1 is better where the unit is a time, over 1 where it is a rate.
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

/** Runs a bench; a problem that a person can mend is told without a stack trace. */
export async function runBench(bench: () => Promise<void>): Promise<void> {
  try {
    await bench();
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    console.error(error.describe());
    process.exitCode = 1;
  }
}
