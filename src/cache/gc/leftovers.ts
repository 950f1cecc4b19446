import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../fs-errors.js';
import { ownIdentity, stateOf } from '../process-identity.js';
import { measure } from './remove.js';

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

/** Names are `machine-pid-started-…`, see TempFiles. */
function isAbandoned(name: string, changed: number): boolean {
  const [machine = '', pid = '', started = ''] = name.split('-');
  const owner = { pid: Number(pid), host: ownIdentity().host, machine, started: started || undefined };
  const state = Number.isInteger(owner.pid) && owner.pid > 0 ? stateOf(owner) : 'elsewhere';
  return state === 'dead' || (state === 'elsewhere' && Date.now() - changed > DAY);
}

/** Removes scratch folders that nobody works in: those of finished stages, and those untouched since `oldest`. */
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
