import { type BigIntStats, type FSWatcher, statSync, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../fs-errors.js';
import { type Interest, type InterestOptions, interestIn, isHidden } from './interest.js';

export interface PathWatcherOptions extends InterestOptions {
  /** Called with what has changed, once none of it has changed for `quiet`. Absolute paths, sorted. */
  onChange(paths: string[]): void;
  /** Called, once, when something has been written to for so long that `onChange` is noticeably delayed. */
  onWriting?(paths: string[]): void;
  /** Called when the system refuses to watch any more folders: they are polled instead. */
  onLimit?(folders: number): void;
  /** Milliseconds between two polls; by default, the system reports changes. */
  poll?: number;
  /** Milliseconds. Default 40; with the second check that finds nothing new, 80. */
  quiet?: number;
}

/** Milliseconds between two polls where the system does not report changes. */
export const POLL_MS = 2000;
/** After this long, the user may wonder. Milliseconds. */
const LONG_MS = 2000;
/** Polling may take at most this share of the time. */
const POLL_SHARE = 0.05;
/** A file system's time stamps may lag behind the clock by this much. Milliseconds. */
const CLOCK_STEP_MS = 20;

/**
 * Reports changes at paths: files, everything below folders, and paths that do not exist yet. A folder takes
 * one watch however many files it contains. However an editor saves (in place, by rename, with a backup),
 * that is one change, and none if everything is as it was before.
 */
export class PathWatcher {
  readonly #options: PathWatcherOptions;
  readonly #watchers = new Map<string, { watcher: FSWatcher; identity: string }>();
  #interests: ReadonlyMap<string, Interest> = new Map();
  /** What may have changed, with its previous signature. */
  readonly #pending = new Map<string, string | undefined>();
  /** The signatures of what has been reported as changed. */
  readonly #reported = new Map<string, string>();
  #pendingSince: number | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** While polling: all signatures at the last poll. */
  #known: Map<string, string> | undefined;
  #interval: number | undefined;
  #closed = false;

  constructor(options: PathWatcherOptions) {
    this.#options = options;
    this.#interval = options.poll;
  }

  /** Folders that are watched. */
  get folders(): number {
    return this.#interests.size;
  }

  /** Milliseconds between two polls; `undefined` where the system reports changes. */
  get interval(): number | undefined {
    return this.#interval;
  }

  /**
   * Watches these paths, and no longer any others. Resolves once no change can be missed.
   *
   * @param since Changes since then (`Date.now()`) of files that were not watched before are reported, too.
   */
  async watch(paths: Iterable<string>, since = Number.POSITIVE_INFINITY): Promise<void> {
    const before = this.#interests;
    const interests = await interestIn(paths, this.#options);
    if (this.#closed) return;
    this.#interests = interests;
    if (this.#interval === undefined) this.#attach();
    else if (this.#known === undefined) await this.#look();
    else await this.#getToKnow();
    for (const [folder, { names }] of interests) {
      for (const name of names) {
        if (before.get(folder)?.names.has(name)) continue;
        const stats = statOf(join(folder, name));
        if (stats !== undefined && Number(stats.mtimeMs) > since - CLOCK_STEP_MS)
          this.#touched(join(folder, name));
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#detach();
    clearTimeout(this.#quiet);
    clearTimeout(this.#poll);
  }

  #attach(): void {
    for (const [folder, { watcher, identity }] of this.#watchers) {
      // A folder that has replaced another one is watched anew.
      if (this.#interests.has(folder) && identityOf(folder) === identity) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of this.#interests.keys()) {
      if (this.#interval === undefined && !this.#watchers.has(folder)) this.#attachTo(folder);
    }
  }

  #attachTo(folder: string): void {
    try {
      const watcher = watch(folder, (_, name) => this.#event(folder, name));
      watcher.on('error', () => this.#event(folder, null));
      this.#watchers.set(folder, { watcher, identity: identityOf(folder) });
    } catch (error) {
      if (['ENOSPC', 'EMFILE', 'ENFILE'].includes(codeOf(error) ?? '')) {
        const watched = this.#watchers.size;
        this.#detach();
        this.#interval = POLL_MS;
        this.#options.onLimit?.(watched);
        void this.#look();
      } else if (identityOf(folder) === '') this.#touched(folder);
    }
  }

  #detach(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #event(folder: string, name: string | null): void {
    const interest = this.#interests.get(folder);
    if (interest === undefined) return;
    // For the folder itself, the system reports the folder's own name, or none: it may be gone, or replaced,
    // even by one with the same inode number.
    if (name === null || name === basename(folder)) {
      this.#watchers.get(folder)?.watcher.close();
      this.#watchers.delete(folder);
      this.#attachTo(folder);
      this.#touched(folder);
    }
    if (name !== null && counts(interest, name)) this.#touched(join(folder, name));
  }

  #touched(path: string): void {
    if (this.#closed || this.#options.ignored(path)) return;
    if (!this.#pending.has(path)) this.#pending.set(path, undefined);
    this.#pendingSince ??= Date.now();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#settle(), this.#options.quiet ?? 40);
  }

  /** Reports what changed, once it has stayed the same for a moment. */
  #settle(): void {
    let moved = false;
    for (const [path, before] of this.#pending) {
      const now = signatureOf(path);
      if (now !== before) moved = true;
      this.#pending.set(path, now);
    }
    if (moved) {
      if (this.#pendingSince !== undefined && Date.now() - this.#pendingSince > LONG_MS) {
        this.#pendingSince = undefined;
        this.#options.onWriting?.([...this.#pending.keys()].sort());
      }
      this.#wait();
      return;
    }
    const changed: string[] = [];
    for (const [path, now] of this.#pending) {
      const interest = this.#interests.get(dirname(path));
      const name = basename(path);
      // Files that came and went in the meantime, such as those that an editor writes first.
      const isPassing =
        now === '' && interest?.all && !interest.entries.has(name) && !this.#reported.get(path);
      if (this.#reported.get(path) !== now && !(isPassing && !interest.names.has(name))) changed.push(path);
      this.#reported.set(path, now ?? '');
    }
    this.#pending.clear();
    this.#pendingSince = undefined;
    if (changed.length > 0) this.#options.onChange(changed.sort());
  }

  /** Polls, now and again after a while. */
  async #look(): Promise<void> {
    clearTimeout(this.#poll);
    const began = performance.now();
    const now = await this.#signatures();
    if (this.#closed) return;
    const before = this.#known;
    this.#known = now;
    if (before !== undefined) {
      for (const [path, signature] of now) if (before.get(path) !== signature) this.#touched(path);
      for (const path of before.keys()) if (!now.has(path)) this.#touched(path);
    }
    const took = performance.now() - began;
    this.#poll = setTimeout(() => void this.#look(), Math.max(this.#interval ?? POLL_MS, took / POLL_SHARE));
  }

  /** What was not looked at before is not new. */
  async #getToKnow(): Promise<void> {
    for (const [path, signature] of await this.#signatures())
      if (!this.#known!.has(path)) this.#known!.set(path, signature);
  }

  async #signatures(): Promise<Map<string, string>> {
    const signatures = new Map<string, string>();
    for (const [folder, interest] of this.#interests) {
      const entries = interest.all ? await readdir(folder).catch(() => []) : [];
      for (const name of new Set([...interest.names, ...entries])) {
        const path = join(folder, name);
        if (counts(interest, name) && !this.#options.ignored(path)) signatures.set(path, signatureOf(path));
      }
    }
    return signatures;
  }
}

function counts(interest: Interest, name: string): boolean {
  return interest.names.has(name) || (interest.all && !isHidden(name));
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The state of a path, as text: for a folder, its identity; empty where nothing exists. */
function signatureOf(path: string): string {
  const stats = statOf(path);
  if (stats === undefined) return '';
  const { dev, ino, size, mtimeNs, birthtimeNs } = stats;
  return stats.isDirectory() ? `${dev}.${ino}.${birthtimeNs}` : `${dev}.${ino}.${size}.${mtimeNs}`;
}

function identityOf(folder: string): string {
  const stats = statOf(folder);
  return stats === undefined ? '' : `${stats.dev}.${stats.ino}.${stats.birthtimeNs}`;
}
