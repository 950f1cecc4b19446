import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { codeOf } from './fs-errors.js';
import type { TempFiles } from './temp-files.js';

/** A change within this time of the last look could leave the same time stamp, on coarse file systems. */
const RACY_MS = 2000;

/** What tells that a file is still the one seen before. */
export function signatureOf(stats: BigIntStats): string {
  return `${stats.size}.${stats.mtimeNs}.${stats.ctimeNs}.${stats.ino}`;
}

/** Whether a file changed so lately that its time stamps may hide one more change. */
export function isRacy(stats: BigIntStats): boolean {
  const changed = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
  return Date.now() - changed < RACY_MS;
}

/**
 * What is known of files, valid while their signature (size, mtime, ctime, inode) stands. One file on disk, written by rename; several
 * processes add to it. It only saves work: a lost or corrupt one costs hashing, nothing else.
 */
export class StatMemo<T> {
  readonly #path: string;
  readonly #temp: TempFiles;
  #known = new Map<string, [signature: string, value: T]>();
  /** Learnt since the last flush; `null` for what must be forgotten. */
  readonly #fresh = new Map<string, [signature: string, value: T] | null>();
  /** Signature of the memo's own file when it was last read. */
  #loaded = '';
  #checked = 0;

  constructor(path: string, temp: TempFiles) {
    this.#path = path;
    this.#temp = temp;
  }

  get(key: string, signature: string): T | undefined {
    const known = this.#known.get(key);
    if (known?.[0] === signature) return known[1];
    // Another process (a stage of this run, say) may have learnt it meanwhile.
    if (!this.#reload()) return undefined;
    const reloaded = this.#known.get(key);
    return reloaded?.[0] === signature ? reloaded[1] : undefined;
  }

  set(key: string, signature: string, value: T): void {
    this.#known.set(key, [signature, value]);
    this.#fresh.set(key, [signature, value]);
  }

  delete(key: string): void {
    this.#known.delete(key);
    this.#fresh.set(key, null);
  }

  /** Forgets every key that `keep` does not want. */
  prune(keep: (key: string) => boolean): void {
    this.#reload();
    for (const key of this.#known.keys()) if (!keep(key)) this.delete(key);
  }

  /** Whether there is anything to flush. */
  get dirty(): boolean {
    return this.#fresh.size > 0;
  }

  /** One atomic write, if anything was learnt. What other processes wrote meanwhile stays. */
  async flush(): Promise<void> {
    if (this.#fresh.size === 0) return;
    this.#checked = 0;
    this.#reload();
    const text = JSON.stringify({ format: 1, files: Object.fromEntries(this.#known) });
    this.#fresh.clear();
    await this.#temp.writeText(this.#path, text);
    // Not marked as read: another process may have renamed its own over ours, so the next need looks again.
    this.#loaded = '';
  }

  #reload(): boolean {
    const now = performance.now();
    if (this.#checked !== 0 && now - this.#checked < 50) return false;
    this.#checked = now;
    try {
      const signature = signatureOf(statSync(this.#path, { bigint: true }));
      if (signature === this.#loaded) return false;
      this.#loaded = signature;
      const { format, files } = JSON.parse(readFileSync(this.#path, 'utf8')) as {
        format: number;
        files: object;
      };
      if (format !== 1) return false;
      this.#known = new Map(Object.entries(files).filter(([, known]) => isKnown(known)));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && !(error instanceof SyntaxError) && !(error instanceof TypeError))
        throw error;
      // Absent or corrupt: nothing is known, and the next flush writes it anew.
      this.#known = new Map();
    }
    for (const [key, known] of this.#fresh)
      known === null ? this.#known.delete(key) : this.#known.set(key, known);
    return true;
  }
}

function isKnown(known: unknown): boolean {
  return Array.isArray(known) && known.length === 2 && typeof known[0] === 'string';
}
