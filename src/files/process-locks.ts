import { randomUUID } from 'node:crypto';
import { link, lstat, open, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, ifExists, writeError } from './fs-errors.js';
import { ownIdentity, type ProcessIdentity, stateOf } from './process-identity.js';
import { readShort } from './regular-file.js';
import { unreadable } from './sealed.js';
import type { TempFiles } from './temp-files.js';

export interface LockHolder {
  pid: number;
  host: string;
  runId: string;
  /** ISO 8601. */
  since: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** The content of a lock file. The token is unique to each time the lock is taken. */
export interface LockRecord extends LockHolder, ProcessIdentity {
  token: string;
}

export interface LockTimes {
  /** How often a holder shows that it is alive, by touching its file. */
  heartbeatMs: number;
  /** A holder on another machine counts as dead after this long without a heartbeat. */
  staleMs: number;
  /** The first and the longest pause between two checks of a waiting process. */
  pollMs: [first: number, last: number];
}

const TIMES: LockTimes = { heartbeatMs: 10_000, staleMs: 90_000, pollMs: [20, 1000] };

/** One lock per key, each a file `locks/<key>.lock` that exists while the lock is held. */
export class Locks {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #times: LockTimes;

  constructor(dir: string, temp: TempFiles, times: Partial<LockTimes> = {}) {
    this.#dir = dir;
    this.#temp = temp;
    this.#times = { ...TIMES, ...times };
  }

  /**
   * Takes the lock, waiting for a living holder and taking over from a dead one. Rejects with the signal's
   * reason when aborted.
   */
  async take(
    key: string,
    options: { runId: string; signal?: AbortSignal; onWait?(holder: LockHolder): void },
  ): Promise<Lock> {
    const path = join(this.#dir, `${key}.lock`);
    const mine = this.#own(options.runId);
    const watch = new Watch(this.#times.staleMs);
    let announced: string | undefined;
    let pause = this.#times.pollMs[0];
    for (;;) {
      options.signal?.throwIfAborted();
      const holder = await this.#tryTake(path, mine, watch);
      if (holder === undefined) return this.#hold(path, mine);
      if (holder.token !== announced) {
        announced = holder.token;
        const { pid, host, runId, since } = holder;
        options.onWait?.({ pid, host, runId, since });
      }
      await sleep(pause, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
      pause = Math.min(pause * 1.5, this.#times.pollMs[1]);
    }
  }

  /** Locks held by processes that are, or may be, alive. */
  async living(): Promise<(LockRecord & { key: string })[]> {
    const names = ((await ifExists(readdir(this.#dir))) ?? []).filter((name) => name.endsWith('.lock'));
    const held: (LockRecord & { key: string })[] = [];
    for (const name of names) {
      const path = join(this.#dir, name);
      const [holder, stats] = await Promise.all([readLock(path), ifExists(stat(path))]);
      if (holder === undefined || stats === undefined) continue;
      const state = stateOf(holder);
      if (
        state === 'alive' ||
        (state === 'elsewhere' && Date.now() - stats.mtimeMs < this.#times.staleMs * 10)
      ) {
        held.push({ ...holder, key: name.slice(0, -'.lock'.length) });
      }
    }
    return held;
  }

  /**
   * Removes the lock files of dead holders by taking them over, which guarantees that no live lock is ever
   * removed. Resolves to how many there were.
   */
  async sweep(dryRun = false): Promise<number> {
    let count = 0;
    for (const name of (await ifExists(readdir(this.#dir))) ?? []) {
      const path = join(this.#dir, name);
      const holder = await readLock(path);
      const watch = new Watch(this.#times.staleMs);
      if (holder !== undefined && !(await watch.isDead(path, holder))) continue;
      // A dangling link contains nothing, and nobody holds it.
      if (holder === undefined && (await ifExists(lstat(path))) === undefined) continue;
      count++;
      if (dryRun) continue;
      const mine = this.#own('gc');
      if ((await this.#tryTake(path, mine, watch)) === undefined) await this.#hold(path, mine).release();
    }
    return count;
  }

  #own(runId: string): LockRecord {
    return { ...ownIdentity(), runId, since: new Date().toISOString(), token: randomUUID() };
  }

  /**
   * One attempt: `undefined` when the lock is ours now, otherwise who holds it.
   *
   * @throws EtudeError where the disk is full or the folder cannot be written
   */
  async #tryTake(path: string, mine: LockRecord, watch: Watch): Promise<LockRecord | undefined> {
    try {
      return await this.#tryTakeOnce(path, mine, watch);
    } catch (error) {
      // A link takes an inode, too, on some file systems.
      throw writeError(error, this.#dir);
    }
  }

  async #tryTakeOnce(path: string, mine: LockRecord, watch: Watch): Promise<LockRecord | undefined> {
    for (;;) {
      if (await this.#create(path, mine)) return undefined;
      const holder = await readLock(path);
      if (holder === undefined) continue;
      // NFS repeats a request whose answer was lost: the link is there, and was said to exist.
      if (holder.token === mine.token) return undefined;
      if (!(await watch.isDead(path, holder))) return holder;
      if (await this.#takeOver(path, holder, mine)) return undefined;
      // Someone else was quicker; if nobody holds it yet, somebody is about to.
      await sleep(1);
    }
  }

  /**
   * Replaces a dead holder's file. Only one process may do that for one holder: the one that holds the lock
   * "after <token of the dead>", which is taken in the same way, so that dying right here blocks nobody
   * either.
   */
  async #takeOver(path: string, dead: LockRecord, mine: LockRecord): Promise<boolean> {
    const right = `${path}.after-${dead.token}`;
    if ((await this.#tryTake(right, mine, new Watch(this.#times.staleMs))) !== undefined) return false;
    try {
      if ((await readLock(path))?.token !== dead.token) return false;
      const temp = await this.#writeTemp(mine);
      await rename(temp, path);
      return true;
    } finally {
      await rm(right, { force: true });
    }
  }

  /** Creates the file with all of its content at once; false if there is one. */
  async #create(path: string, mine: LockRecord): Promise<boolean> {
    const there = await ifExists(lstat(path));
    if (there?.isFile()) return false;
    // Locks are always files: anything else under that name was put there by someone else, and nobody holds
    // it.
    if (there !== undefined) await rm(path, { recursive: true, force: true });
    const temp = await this.#writeTemp(mine);
    try {
      await link(temp, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'ENOSYS') throw error;
      return await createWithoutLink(path, mine);
    } finally {
      await rm(temp, { force: true });
    }
  }

  async #writeTemp(mine: LockRecord): Promise<string> {
    const temp = this.#temp.path();
    await this.#temp.writeText(temp, JSON.stringify(mine));
    return temp;
  }

  #hold(path: string, mine: LockRecord): Lock {
    const beat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, this.#times.heartbeatMs);
    beat.unref();
    return {
      async release() {
        clearInterval(beat);
        if ((await readLock(path))?.token === mine.token) await ifExists(unlink(path));
      },
    };
  }
}

/**
 * Watches one lock file's heartbeat by this process's own clock, so that two machines' clocks need not agree.
 */
class Watch {
  readonly #staleMs: number;
  #seen = '';
  #since = 0;

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  async isDead(path: string, holder: LockRecord): Promise<boolean> {
    const state = stateOf(holder);
    if (state !== 'elsewhere') return state === 'dead';
    const stats = await ifExists(stat(path));
    if (stats === undefined) return false;
    const seen = `${holder.token} ${stats.mtimeMs}`;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = performance.now();
    }
    // Left over from long ago: no two clocks differ by that much, so there is no need to watch.
    return performance.now() - this.#since > this.#staleMs || Date.now() - stats.mtimeMs > this.#staleMs * 10;
  }
}

async function readLock(path: string): Promise<LockRecord | undefined> {
  try {
    const lock: unknown = JSON.parse((await readShort(path)).toString('utf8'));
    if (isLock(lock)) return lock;
  } catch (error) {
    if (unreadable(error).type === 'absent') return undefined;
  }
  // Half-written, on a file system without hard links: its writer is still writing or has died; only the
  // heartbeat can tell.
  return { pid: 0, host: 'unknown', machine: 'unknown', runId: 'unknown', since: '', token: 'unreadable' };
}

async function createWithoutLink(path: string, mine: LockRecord): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(mine)).finally(() => file.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isLock(value: unknown): value is LockRecord {
  const { pid, host, machine, started, runId, since, token } = (value ?? {}) as Partial<LockRecord>;
  const texts = [host, machine, started ?? '', runId, since];
  const isNamed = typeof token === 'string' && /^[\w-]{1,64}$/.test(token);
  return isNamed && Number.isSafeInteger(pid) && pid! > 0 && texts.every((text) => typeof text === 'string');
}
