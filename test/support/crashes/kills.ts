import type { Random } from '../../../src/random/random.js';
import type { Attempts, Expected, Kill } from './attempts.js';

export interface CrashReport {
  count: number;
  faults: string[];
}

export type Say = (line: string) => void;

/**
 * Kills runs until it has done so `kills` times. Each run continues what the one before has left, until one
 * gets to its end; then the cache must be as if nothing had happened, and a new one is begun.
 */
export async function checkKills(
  attempts: Attempts,
  expected: Expected,
  { kills, random, say }: { kills: number; random: Random; say: Say },
): Promise<CrashReport> {
  const report: CrashReport = { count: 0, faults: [] };
  for (let round = 1; report.count < kills; round++) {
    const cache = `kills-${round}`;
    const moments: string[] = [];
    for (;;) {
      const kill = report.count < kills ? someKill(random, expected.seconds) : undefined;
      const attempt = await attempts.run(cache, kill);
      if (attempt.killed) {
        report.count++;
        moments.push(nameOf(kill!));
        continue;
      }
      const faults = attempts.faultsOfRun(attempt, expected);
      if (faults.length === 0) faults.push(...(await attempts.faultsOfCache(cache, expected)));
      report.faults.push(...faults.map((fault) => `${cache} (${moments.join(', ')}): ${fault}`));
      say(`${cache}: ${moments.length} kills after ${moments.join(', ')}; ${faults.length} faults`);
      break;
    }
  }
  return report;
}

/** A moment of a run, early ones more often: what is done by then is not done again. */
export function someKill(random: Random, seconds: number): Kill {
  const at = seconds * 1000 * random.uniform() ** 1.5;
  return { at, alone: random.uniform() < 0.4 };
}

export function nameOf({ at, alone }: Kill): string {
  return `${typeof at === 'number' ? `${(at / 1000).toFixed(1)} s` : at}${alone ? ' alone' : ''}`;
}
