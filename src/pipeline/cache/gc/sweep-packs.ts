import type { TempFiles } from '../../../files/temp-files.js';
import type { Packs } from '../packs/packs.js';
import { type Swept, sweep } from './leftovers.js';
import { removeUnused } from './remove-unused.js';

/**
 * Removes what is garbage from packs that were not used lately, by writing what remains of each into another,
 * and packs of which nothing can be read.
 */
export async function sweepPacks(
  packs: Packs,
  options: {
    isGarbage(path: string, size: number): Promise<boolean>;
    young: number;
    dryRun: boolean;
    temp: TempFiles;
  },
): Promise<{ removed: Swept; kept: Swept }> {
  const removed = { count: 0, bytes: 0 };
  const kept = { count: 0, bytes: 0 };
  for (const pack of packs.all()) {
    const garbage = new Set<string>();
    for (const [path, { size }] of pack.files) {
      const isOld = packs.lastUse(pack) < options.young;
      if (isOld && (await options.isGarbage(path, size))) garbage.add(path);
    }
    const remove = () => removeUnused(pack.path, options.young, options.temp);
    const isGone =
      garbage.size > 0 &&
      (options.dryRun || (await packs.replace(pack, (path) => !garbage.has(path), remove)));
    for (const [path, { size }] of pack.files) {
      // Records of chunks are counted by themselves.
      if (path.startsWith('chunks/')) continue;
      const sum = isGone && garbage.has(path) ? removed : kept;
      sum.count++;
      sum.bytes += size;
    }
  }
  const unreadable = await sweep(packs.unreadable(), options);
  removed.count += unreadable.count;
  removed.bytes += unreadable.bytes;
  return { removed, kept };
}
