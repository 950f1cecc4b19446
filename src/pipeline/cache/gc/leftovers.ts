import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { ownIdentity, stateOf } from '../../../files/process-identity.js';
import { leftPartFiles, UNBUNDLING } from '../part-files.js';
import { measure } from './remove-unused.js';

const DAY = 24 * 3_600_000;

/** Files or folders removed, and their bytes. */
export interface Swept {
  count: number;
  bytes: number;
}

/** Removes the temporary files of processes that are dead, or on another machine and a day old. */
export async function sweepTemporaries(dir: string, dryRun: boolean): Promise<Swept> {
  const swept = { count: 0, bytes: 0 };
  for (const name of (await ifExists(readdir(dir))) ?? []) {
    const { bytes, changed } = await measure(join(dir, name));
    if (!isAbandoned(name, changed)) continue;
    if (!dryRun) await rm(join(dir, name), { recursive: true, force: true });
    swept.count++;
    swept.bytes += bytes;
  }
  return swept;
}

/**
 * Removes folders that killed processes left next to or in place of their results: of exported models
 * (`models/…/<name>.<pid>.part` and `.old`, as made by earlier versions) and of unpacked bundles.
 */
export async function sweepParts(
  cacheDir: string,
  options: { young: number; dryRun: boolean },
): Promise<Swept> {
  const models = join(cacheDir, 'models');
  const found = (await leftPartFiles(join(cacheDir, UNBUNDLING))).concat(
    await leftPartFiles(join(dirname(cacheDir), UNBUNDLING)),
  );
  for (const pipeline of (await ifExists(readdir(models))) ?? [])
    for (const name of (await ifExists(readdir(join(models, pipeline)))) ?? [])
      if (/\.\d+\.(part|old)$/.test(name)) found.push(join(models, pipeline, name));
  return sweep(found, options);
}

/** Removes the bytes of derived objects left behind by a killed run. */
export async function sweepDerivedFiles(dir: string, dryRun: boolean): Promise<Swept> {
  const { bytes } = await measure(dir);
  if (bytes === 0) return { count: 0, bytes };
  if (!dryRun) await rm(dir, { recursive: true, force: true });
  return { count: 1, bytes };
}

/** This many of the newest run records are kept, however old they are. */
const RUNS_KEPT = 20;

/** Removes the records of runs, unless they are pinned, in progress, or among the newest. */
export async function sweepRuns(
  dir: string,
  options: { oldest: number; kept: ReadonlySet<string>; young: number; dryRun: boolean },
): Promise<Swept> {
  // Names begin with the time.
  const names = ((await ifExists(readdir(dir))) ?? []).sort().slice(0, -RUNS_KEPT);
  const old = names.filter((name) => !options.kept.has(name)).map((name) => join(dir, name));
  return sweep(old, { young: Math.min(options.oldest, options.young), dryRun: options.dryRun });
}

/** Removes the folders of jobs that are not in progress: their tasks and logs. */
export async function sweepJobs(
  dir: string,
  options: { oldest: number; inWork: ReadonlySet<string>; young: number; dryRun: boolean },
): Promise<Swept> {
  const names = (await ifExists(readdir(dir))) ?? [];
  // A stage's shards have a lock each.
  const inWork = new Set([...options.inWork].map((name) => /^job-([0-9a-f]+)/.exec(name)?.[1] ?? name));
  const idle = names.filter((name) => !inWork.has(name));
  const young = Math.min(options.oldest, options.young);
  return sweep(
    idle.map((name) => join(dir, name)),
    { young, dryRun: options.dryRun },
  );
}

/** Removes files and folders that did not change lately. */
export async function sweep(
  paths: readonly string[],
  { young, dryRun }: { young: number; dryRun: boolean },
): Promise<Swept> {
  const swept = { count: 0, bytes: 0 };
  for (const path of paths) {
    const { bytes, changed } = await measure(path);
    if (changed >= young) continue;
    if (!dryRun) await rm(path, { recursive: true, force: true });
    swept.count++;
    swept.bytes += bytes;
  }
  return swept;
}

/** Names are `machine-pid-started-…`, see TempFiles. */
function isAbandoned(name: string, changed: number): boolean {
  const [machine = '', pid = '', started = ''] = name.split('-');
  const owner = { pid: Number(pid), host: ownIdentity().host, machine, started: started || undefined };
  const state = Number.isInteger(owner.pid) && owner.pid > 0 ? stateOf(owner) : 'elsewhere';
  return state === 'dead' || (state === 'elsewhere' && Date.now() - changed > DAY);
}

/**
 * Removes scratch folders that are not in use: those of finished stages, and those untouched since `oldest`.
 */
export async function sweepScratch(
  dir: string,
  options: {
    oldest: number;
    inWork: ReadonlySet<string>;
    finished: ReadonlySet<string>;
    young: number;
    dryRun: boolean;
  },
): Promise<Swept> {
  const swept = { count: 0, bytes: 0 };
  for (const fingerprint of (await ifExists(readdir(dir))) ?? []) {
    if (options.inWork.has(fingerprint)) continue;
    const { bytes, changed } = await measure(join(dir, fingerprint));
    const limit = options.finished.has(fingerprint) ? options.young : options.oldest;
    if (changed >= limit) continue;
    if (!options.dryRun) await rm(join(dir, fingerprint), { recursive: true, force: true });
    swept.count++;
    swept.bytes += bytes;
  }
  return swept;
}
