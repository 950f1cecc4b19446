import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../src/random/random.js';
import { SmallDisk } from '../small-disk.js';
import { type Attempts, damagedObjects, type Expected } from './attempts.js';
import type { CrashReport, Say } from './kills.js';

const ENOUGH = { bytes: 512 * 2 ** 20, inodes: 100_000 };
const PAGE = 4096;

/** What a run on a full disk must not say: it is nobody's fault, and a system's error is not a sentence. */
const UNCLEAR = /defect|no such file|ENOENT|^\s+at .+:\d+:\d+\)?$/m;
const CLEAR = /disk full|no inodes left on the file system/;

/**
 * Runs the recipe on file systems of ever other sizes, from next to nothing to nearly enough; every sixth has
 * too few inodes instead. Each run must say so, unless it succeeds all the same; once there is room, the next
 * run must end as if nothing had happened. `undefined` where one may not mount.
 */
export async function checkDisks(
  attempts: Attempts,
  expected: Expected,
  { disks, random, say }: { disks: number; random: Random; say: Say },
): Promise<(CrashReport & { refused: number }) | undefined> {
  const needed = needs(attempts.path('undisturbed'));
  say(`the recipe needs ${needed.bytes / 1024} KiB and ${needed.inodes} inodes`);
  const report = { count: 0, refused: 0, faults: [] as string[] };
  for (; report.count < disks; report.count++) {
    const cache = `disk-${report.count + 1}`;
    const size = someSize(report.count, disks, needed, random);
    const disk = SmallDisk.mount(attempts.path(cache), `size=${size.bytes},nr_inodes=${size.inodes}`);
    if (disk === undefined) return undefined;
    try {
      const first = await attempts.run(cache);
      const succeeded = first.finished?.status === 'success';
      if (!succeeded) report.refused++;
      // A model's folder that cannot be written costs a warning: its artifact is in the cache.
      const isWhole = succeeded && Object.keys(first.finished!.models).length > 0;
      const faults = isWhole ? attempts.faultsOfRun(first, expected) : faultsOfWords(first.printed);
      if (existsSync(attempts.path(cache)))
        faults.push(...damagedObjects(attempts.path(cache)).map((name) => `object ${name} has other bytes`));
      disk.resize(`size=${ENOUGH.bytes},nr_inodes=${ENOUGH.inodes}`);
      faults.push(...attempts.faultsOfRun(await attempts.run(cache), expected));
      faults.push(...(await attempts.faultsOfCache(cache, expected)));
      const room = size.bytes === ENOUGH.bytes ? `${size.inodes} inodes` : `${size.bytes / 1024} KiB`;
      report.faults.push(...faults.map((fault) => `${cache} (${room}): ${fault}`));
      const outcome = isWhole
        ? 'succeeded'
        : `${succeeded ? 'succeeded, and ' : ''}said: ${summary(first.printed)}`;
      say(`${cache}: ${room}, ${outcome}; ${faults.length} faults`);
    } finally {
      disk.unmount();
    }
  }
  return report;
}

/** What a cache takes up on a disk. */
function needs(cache: string): typeof ENOUGH {
  const sizes = readdirSync(cache, { recursive: true }).map((name) => {
    const stats = statSync(join(cache, String(name)));
    return stats.isFile() ? PAGE * Math.ceil(stats.size / PAGE) : 0;
  });
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), inodes: 1 + sizes.length };
}

function someSize(index: number, count: number, needed: typeof ENOUGH, random: Random): typeof ENOUGH {
  // One in each of as many equal parts, so that no stretch of the run is left out.
  const share = (index + random.uniform()) / count;
  if (index % 6 === 5) return { ...ENOUGH, inodes: 1 + Math.floor(share * needed.inodes) };
  return { ...ENOUGH, bytes: PAGE * Math.max(1, Math.floor((share * needed.bytes) / PAGE)) };
}

function faultsOfWords(printed: string): string[] {
  const faults = [];
  if (!CLEAR.test(printed)) faults.push(`it does not say that the disk is full: ${printed}`);
  if (UNCLEAR.test(printed)) faults.push(`it says more than a sentence: ${printed}`);
  return faults;
}

function summary(printed: string): string {
  return (
    printed
      .split('\n')
      .find((line) => CLEAR.test(line))
      ?.trim() ??
    printed.split('\n')[0] ??
    ''
  );
}
