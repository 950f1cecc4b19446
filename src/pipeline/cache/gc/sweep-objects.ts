import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import type { TempFiles } from '../../../files/temp-files.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import { mapLimited } from '../../../util/concurrency.js';
import type { DiskCache } from '../open-cache.js';
import type { Swept } from './leftovers.js';
import { removeUnused } from './remove-unused.js';
import { sweepPacks } from './sweep-packs.js';

/**
 * What objects depend on: for each one that is not stored, by digest, what is on disk for it: the record of
 * how it is made (under its own digest, with the record's size), and what it is made from.
 */
export type Grounds = ReadonlyMap<string, readonly ObjectRef[]>;

/** The grounds of these objects. */
export async function groundsOf(cache: DiskCache, refs: Iterable<ObjectRef>): Promise<Grounds> {
  const { records } = cache.objects.derived;
  const grounds = new Map<string, readonly ObjectRef[]>();
  const visit = async (ref: ObjectRef): Promise<readonly ObjectRef[]> => {
    const known = grounds.get(ref.digest);
    if (known !== undefined) return known;
    const inputs = await records.inputsOf(ref);
    if (inputs === undefined) return [ref];
    const ground = [{ digest: ref.digest, size: records.find(ref.digest)?.size ?? 0 }];
    for (const input of inputs) ground.push(...(await visit(input)));
    grounds.set(ref.digest, ground);
    return ground;
  };
  for (const ref of refs) await visit(ref);
  return grounds;
}

/** The objects and records on disk for these objects. */
export function onDisk(refs: readonly ObjectRef[], grounds: Grounds): ObjectRef[] {
  return refs.flatMap((ref) => grounds.get(ref.digest) ?? [ref]);
}

/**
 * Removes objects, and records of how objects are made, that nothing references, and objects that need not be
 * stored because it is known how they are made.
 */
export async function sweepObjects(
  cache: DiskCache,
  named: readonly ObjectRef[],
  options: {
    grounds: Grounds;
    /** Paths of records of chunks in packs that are not needed any more. */
    chunks: ReadonlySet<string>;
    young: number;
    dryRun: boolean;
    temp: TempFiles;
  },
): Promise<{ removed: Swept; kept: Swept }> {
  const { grounds, young, dryRun, temp } = options;
  const marked = new Set(onDisk(named, grounds).map(({ digest }) => digest));
  const isNeedless = async (digest: string, size: number) =>
    !marked.has(digest) ||
    (grounds.has(digest) && (await cache.objects.derived.check({ digest, size })) === undefined);
  const { removed, kept } = await sweepPacks(cache.packs, {
    ...options,
    isGarbage: async (path, size) => {
      const [kind, ...name] = path.replace(/\.json$/, '').split('/');
      if (kind === 'chunks') return options.chunks.has(path);
      return kind === 'objects' ? isNeedless(name.join(''), size) : !marked.has(name.join(''));
    },
  });
  const sweep = async (path: string, isGarbage: (size: number) => Promise<boolean> | boolean) => {
    const stats = await ifExists(stat(path));
    if (stats === undefined) return;
    const goes =
      stats.mtimeMs < young &&
      (await isGarbage(stats.size)) &&
      (dryRun || (await removeUnused(path, young, temp)));
    const sum = goes ? removed : kept;
    sum.count++;
    sum.bytes += stats.size;
  };
  const root = join(cache.dir, 'objects');
  for (const folder of (await ifExists(readdir(root))) ?? []) {
    const names = (await ifExists(readdir(join(root, folder)))) ?? [];
    await mapLimited(names, 16, async (name) => {
      const digest = folder + name;
      await sweep(join(root, folder, name), (size) => isNeedless(digest, size));
    });
  }
  await mapLimited(await cache.objects.derived.records.all(), 16, ({ digest, path }) =>
    sweep(path, () => !marked.has(digest)),
  );
  return { removed, kept };
}
