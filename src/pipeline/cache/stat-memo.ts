import { type BigIntStats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readShortSync } from '../../files/regular-file.js';
import { type Kept, openSeal, sealed, unreadable } from '../../files/sealed.js';
import type { TempFiles } from '../../files/temp-files.js';

/** A change within this time of the last look could leave the same time stamp on coarse file systems. */
const RACY_MS = 2000;

/** What identifies a file as the one seen before. */
export function signatureOf(stats: BigIntStats): string {
  return `${stats.size}.${stats.mtimeNs}.${stats.ctimeNs}.${stats.ino}`;
}

function sizeIn(signature: string): number {
  return Number.parseInt(signature, 10) || 0;
}

/** Whether a file changed so lately that its time stamps may hide one more change. */
export function isRacy(stats: BigIntStats): boolean {
  const changed = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
  return Date.now() - changed < RACY_MS;
}

/**
 * Remembers nothing about files: for those that are identified by their signatures alone, or must be read
 * anew.
 */
export const NO_MEMO = { get: () => undefined, set: () => undefined };

export interface StatMemoOptions {
  /** What the files are, for the warning: `the modules of stage types`. */
  what: string;
  /** Whether something that was read back can be a value. */
  isValue(value: unknown): boolean;
  /** Called when the memo's own file is damaged. */
  warn(text: string): void;
  /** How much must have been learnt to be worth writing. Default: anything. */
  isWorth?(learnt: number, known: number): boolean;
}

/**
 * What is known about files, valid while their signature (size, mtime, ctime, inode) is unchanged. One file
 * on disk, written by rename, to which several processes add. It only saves work: losing or damaging it costs
 * nothing but hashing.
 */
export class StatMemo<T> {
  readonly #path: string;
  readonly #temp: TempFiles;
  readonly #options: StatMemoOptions;
  #known = new Map<string, [signature: string, value: T]>();
  /** Learnt since the last flush; `null` for what must be forgotten. */
  readonly #fresh = new Map<string, [signature: string, value: T] | null>();
  /** Signature of the memo's own file when it was last read. */
  #loaded = '';
  #checked = 0;

  constructor(path: string, temp: TempFiles, options: StatMemoOptions) {
    this.#path = path;
    this.#temp = temp;
    this.#options = options;
  }

  get(key: string, signature: string): T | undefined {
    const known = this.#known.get(key);
    if (known?.[0] === signature) return known[1];
    // Another process (a stage of this run, say) may have learnt it meanwhile.
    if (!this.#reload()) return undefined;
    const reloaded = this.#known.get(key);
    return reloaded?.[0] === signature ? reloaded[1] : undefined;
  }

  /** Whether `get` would give something, as far as this process has read. */
  knows(key: string, signature: string): boolean {
    return this.#known.get(key)?.[0] === signature;
  }

  set(key: string, signature: string, value: T): void {
    this.#known.set(key, [signature, value]);
    this.#fresh.set(key, [signature, value]);
  }

  delete(key: string): void {
    this.#known.delete(key);
    this.#fresh.set(key, null);
  }

  /** Forgets every key that `keep` rejects. */
  prune(keep: (key: string) => boolean): void {
    this.#reload();
    for (const key of this.#known.keys()) if (!keep(key)) this.delete(key);
  }

  /** Bytes of all files that are known, by their signatures. */
  bytes(): number {
    this.#checked = 0;
    this.#reload();
    let bytes = 0;
    for (const [signature] of this.#known.values()) bytes += sizeIn(signature);
    return bytes;
  }

  /** Whether there is anything to flush. */
  get dirty(): boolean {
    const learnt = this.#fresh.size;
    return learnt > 0 && (this.#options.isWorth?.(learnt, this.#known.size) ?? true);
  }

  /** One atomic write, if anything was learnt. What other processes wrote meanwhile stays. */
  async flush(): Promise<void> {
    if (!this.dirty) return;
    this.#checked = 0;
    this.#reload();
    const text = JSON.stringify({ of: basename(this.#path), files: Object.fromEntries(this.#known) });
    this.#fresh.clear();
    await this.#temp.writeText(this.#path, sealed(text));
    // Not marked as read: another process may have renamed its own file over ours, so the next access checks
    // again.
    this.#loaded = '';
  }

  #reload(): boolean {
    const now = performance.now();
    if (this.#checked !== 0 && now - this.#checked < 50) return false;
    this.#checked = now;
    const signature = this.#signature();
    if (signature !== '' && signature === this.#loaded) return false;
    this.#loaded = signature;
    this.#known = this.#read();
    for (const [key, known] of this.#fresh)
      known === null ? this.#known.delete(key) : this.#known.set(key, known);
    return true;
  }

  #signature(): string {
    try {
      return signatureOf(statSync(this.#path, { bigint: true }));
    } catch {
      return '';
    }
  }

  /** The file's content; empty if it is absent or damaged: the next flush writes it again. */
  #read(): Map<string, [signature: string, value: T]> {
    const kept = this.#open();
    if (kept.type === 'absent') return new Map();
    const { of, files } = (kept.type === 'whole' ? kept.json : {}) as { of?: unknown; files?: object };
    const known = Object.entries(files ?? {});
    // An intact file may still be another memo's.
    if (of === basename(this.#path) && known.every(([, one]) => this.#isKnown(one))) return new Map(known);
    this.#options.warn(
      `the cache's record of ${this.#options.what} is damaged and is ignored: they are read again`,
    );
    return new Map();
  }

  #open(): Kept {
    try {
      const text = readShortSync(this.#path).toString('utf8');
      // As versions without seals wrote it.
      return text.startsWith('{"format":1,') ? { type: 'absent' } : openSeal(text);
    } catch (error) {
      return unreadable(error);
    }
  }

  #isKnown(known: unknown): boolean {
    return (
      Array.isArray(known) &&
      known.length === 2 &&
      typeof known[0] === 'string' &&
      this.#options.isValue(known[1])
    );
  }
}
