import type { Random } from '../../../src/random/random.js';
import type { Attempts, Expected } from './attempts.js';
import { type CrashReport, nameOf, type Say, someKill } from './kills.js';

/**
 * Starts two to four runs of the recipe at the same moment on one cache, group after group. In every other
 * group some of them are killed, and in every other of those a run was killed in the cache before, whose
 * locks they all find.
 */
export async function checkGroups(
  attempts: Attempts,
  expected: Expected,
  { groups, random, say }: { groups: number; random: Random; say: Say },
): Promise<CrashReport> {
  const report: CrashReport = { count: 0, faults: [] };
  // What a run takes depends on what else the machine does.
  let { seconds } = expected;
  for (; report.count < groups; report.count++) {
    const cache = `group-${report.count + 1}`;
    const size = 2 + (report.count % 3);
    const kills = report.count % 2 === 0 ? 0 : 1 + Math.floor(random.uniform() * (size - 1));
    const before = report.count % 4 === 1 ? someKill(random, seconds) : undefined;
    if (before !== undefined) await attempts.run(cache, before);
    const planned = Array.from({ length: size }, (_, i) =>
      i < kills ? someKill(random, seconds) : undefined,
    );
    const ran = await Promise.all(planned.map((kill) => attempts.run(cache, kill)));
    const left = ran.filter(({ killed }) => !killed);
    seconds = Math.min(...left.map((one) => one.seconds), 2 * seconds);
    const moments = planned.flatMap((kill, i) => (kill && ran[i]?.killed ? [nameOf(kill)] : []));
    const faults = [...left, await attempts.run(cache)].flatMap((one) => attempts.faultsOfRun(one, expected));
    if (faults.length === 0) faults.push(...(await attempts.faultsOfCache(cache, expected)));
    const story = [
      `${size} runs`,
      ...(before === undefined ? [] : [`after one killed after ${nameOf(before)}`]),
      ...(moments.length === 0 ? [] : [`${moments.length} killed after ${moments.join(' and ')}`]),
    ].join(', ');
    report.faults.push(...faults.map((fault) => `${cache} (${story}): ${fault}`));
    say(`${cache}: ${story}; ${faults.length} faults`);
  }
  return report;
}
