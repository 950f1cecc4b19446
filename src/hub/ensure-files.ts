import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.js';
import { Locks } from '../files/process-locks.js';
import { TempFiles } from '../files/temp-files.js';
import type { EnsureOptions } from '../stage/stage-type.js';
import { mapLimited } from '../util/concurrency.js';
import { count } from '../util/words.js';
import { isBlob } from './blob-digest.js';
import { cacheError, diskFull } from './cache-error.js';
import { downloadBlob } from './download-blob.js';
import { HubError, offlineError } from './hub-error.js';
import { type Layout, linkBlob } from './layout.js';
import { describeRepository, type RepositoryId } from './repository-id.js';
import type { HubSettings } from './settings.js';
import type { Tree, TreeFile } from './tree.js';

/** Files at a time: enough to hide latency, few enough for a home connection. */
const AT_ONCE = 4;

interface Commit {
  layout: Layout;
  repository: RepositoryId;
  commit: string;
  tree: Tree;
  settings: HubSettings;
}

/**
 * Makes sure that files of a commit are in the cache and match their digests: checks those that are present,
 * and downloads the others. Only one process at a time downloads a blob; others wait for it and use its
 * result.
 */
export async function ensureFiles(
  of: Commit,
  names: readonly string[],
  options: EnsureOptions = {},
): Promise<void> {
  const missing: { name: string; file: TreeFile }[] = [];
  for (const name of new Set(names)) {
    const file = of.tree.get(name);
    if (file === undefined)
      throw new HubError(
        `${describeRepository(of.repository)} has no file '${name}' at ${of.commit.slice(0, 12)}`,
      );
    options.signal?.throwIfAborted();
    if (!(await isThere(of, name, file))) missing.push({ name, file });
  }
  if (missing.length === 0) return;
  if (of.settings.offline) throw offlineError(of.repository, `'${missing[0]!.name}'`, of.settings);
  await checkSpace(of, missing);

  const total = missing.reduce((sum, { file }) => sum + file.size, 0);
  const done = new Map<string, number>();
  const phase = `downloading (${missing.length === 1 ? missing[0]!.name : count(missing.length, 'file')})`;
  const report = (name: string, bytes: number) => {
    done.set(name, bytes);
    const sum = [...done.values()].reduce((all, one) => all + one, 0);
    options.progress?.({ done: sum, total, unit: 'bytes', phase });
  };
  // The first failure stops the other downloads; what they have received so far stays.
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  try {
    await mapLimited(missing, AT_ONCE, ({ name, file }) =>
      fetchFile(of, name, file, { ...options, signal, onBytes: (bytes) => report(name, bytes) }),
    );
  } catch (error) {
    stop.abort(error);
    throw cacheError(error, of.settings);
  }
}

/** Whether the file is present and correct. A blob without its link gets one; a damaged one is removed. */
async function isThere(of: Commit, name: string, { size, etag }: TreeFile): Promise<boolean> {
  const path = join(of.layout.snapshot(of.commit), name);
  const found = await stat(path).catch(() => undefined);
  // Without a digest, its presence is all that can be checked.
  if (etag === undefined) return found !== undefined;
  if (found?.size === size && (await isBlob(path, etag, size))) return true;
  const blob = of.layout.blob(etag);
  if (found === undefined && (await isBlob(blob, etag, size))) {
    await linkBlob(blob, path);
    return true;
  }
  if (!of.settings.offline) await Promise.all([path, blob].map((one) => rm(one, { force: true })));
  return false;
}

async function fetchFile(
  of: Commit,
  name: string,
  { etag, size }: TreeFile,
  options: { signal: AbortSignal; onBytes(bytes: number): void; log?(text: string): void },
): Promise<void> {
  const { layout, repository, commit, settings } = of;
  if (etag === undefined) throw new HubError(`the digest of '${name}' is unknown`);
  const path = layout.blob(etag);
  await makeFolder(layout.locks);
  // Separate from Python's own locks, whose format and names differ.
  const locks = new Locks(layout.locks, new TempFiles(layout.locks));
  const lock = await locks.take(`${etag}.etude`, {
    runId: 'download',
    signal: options.signal,
    onWait: ({ pid, host }) =>
      options.log?.(`'${name}' is being downloaded by process ${pid} on ${host}: waiting`),
  });
  try {
    if (!(await isBlob(path, etag, size))) {
      const { signal, onBytes, log } = options;
      await downloadBlob({ repository, commit, file: name, etag, size, path }, settings, {
        signal,
        onBytes,
        onRetry: log,
      });
    }
    await linkBlob(path, join(layout.snapshot(commit), name));
  } finally {
    await lock.release();
  }
  options.onBytes(size);
}

/** Reports that the disk is too small before the download fills it. */
async function checkSpace(of: Commit, missing: readonly { file: TreeFile }[]): Promise<void> {
  await makeFolder(of.layout.root).catch((error: unknown) => {
    throw cacheError(error, of.settings);
  });
  const needed = missing.reduce((sum, { file }) => sum + file.size, 0);
  const { bavail, bsize } = await statfs(of.layout.root).catch(() => ({
    bavail: Number.POSITIVE_INFINITY,
    bsize: 1,
  }));
  if (bavail * bsize < needed)
    throw diskFull(of.settings, `${count(needed, 'byte')} to download, ${bavail * bsize} free`);
}
