import { type BigIntStats, readdirSync, statSync, utimesSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ifExistsNow } from '../../../files/fs-errors.js';
import { readShortSync } from '../../../files/regular-file.js';
import { unreadable } from '../../../files/sealed.js';
import type { TempFiles } from '../../../files/temp-files.js';
import { sha256 } from '../../../util/sha256.js';
import { isDigest } from '../entries.js';
import { isRacy, type StatMemo, signatureOf } from '../stat-memo.js';
import { isIntact, type Place, packPath, readAt, readIndex, writePack } from './pack-file.js';

/** The key of the lock of whoever changes which packs there are. */
export const PACKS_LOCK = 'packs';

/** A pack that was read counts as used again once it is older than this: then garbage collection keeps it. */
const TOUCH_AFTER_MS = 60_000;
/** For this long, a pack is assumed to be as it was when it was last looked at. */
const BELIEVED_MS = 20;

export interface Pack {
  name: string;
  path: string;
  files: ReadonlyMap<string, Place>;
}

interface Looked {
  at: number;
  stats: BigIntStats | undefined;
  signature: string;
  isWhole: boolean;
}

export interface Found extends Place {
  pack: Pack;
  lastUse: number;
}

/**
 * Small files of the cache in a few large ones that are never changed, only replaced. What is damaged in one
 * counts as absent, and the rest of it can still be used. Safe for any number of processes: a file is in its
 * pack before it is removed from where it was.
 */
export class Packs {
  readonly dir: string;
  readonly #temp: TempFiles;
  /** By name: packs whose bytes match it, valid while their files are unchanged. */
  readonly #verified: StatMemo<1>;
  #listed = '';
  #packs = new Map<string, Pack>();
  readonly #looked = new Map<string, Looked>();

  constructor(dir: string, temp: TempFiles, verified: StatMemo<1>) {
    this.dir = dir;
    this.#temp = temp;
    this.#verified = verified;
  }

  /** Where a file is; `undefined` where it is in no pack, or damaged there. */
  find(path: string): Found | undefined {
    return this.known(path) ?? (this.#list() ? this.known(path) : undefined);
  }

  /** The same, in the packs that were there when a file was last looked for in vain. */
  known(path: string): Found | undefined {
    for (const pack of this.#packs.values()) {
      const place = pack.files.get(path);
      if (place === undefined) continue;
      const { stats, isWhole } = this.#look(pack);
      if (stats === undefined) continue;
      if (isWhole || isIntact(path, this.#bytes(pack, place)))
        return { pack, ...place, lastUse: Number(stats.mtimeMs) };
    }
    return undefined;
  }

  /** The bytes of a file, always checked. */
  read(path: string): Buffer | undefined {
    for (const pack of this.all()) {
      const place = pack.files.get(path);
      if (place === undefined) continue;
      const bytes = this.#bytes(pack, place);
      if (isIntact(path, bytes)) return bytes;
      // Something in it changed without a trace in the file's times.
      if (this.#looked.get(pack.name)?.isWhole) this.#verified.delete(pack.name);
      this.#looked.delete(pack.name);
    }
    return undefined;
  }

  /** Marks a pack as just used. In a read-only cache, it is no error that this fails. */
  touch({ pack, lastUse }: Found): void {
    if (Date.now() - lastUse < TOUCH_AFTER_MS) return;
    const { isWhole } = this.#look(pack);
    try {
      utimesSync(pack.path, new Date(), new Date());
    } catch {
      return;
    }
    this.#looked.delete(pack.name);
    if (isWhole) this.#remember(pack.name);
  }

  /** All packs that can be read. */
  all(): Pack[] {
    this.#list();
    return [...this.#packs.values()];
  }

  /** Paths of packs of which nothing can be read. */
  unreadable(): string[] {
    const readable = new Set(this.all().map(({ name }) => name));
    return this.#names()
      .filter((name) => !readable.has(name))
      .map((name) => packPath(this.dir, name));
  }

  #names(): string[] {
    const files = ifExistsNow(() => readdirSync(this.dir)) ?? [];
    return files.flatMap((file) => {
      const name = file.replace(/\.pack$/, '');
      return name !== file && isDigest(name) ? [name] : [];
    });
  }

  /** Looks whether there are other packs now. True if it had to read their folder. */
  #list(): boolean {
    const stats = ifExistsNow(() => statSync(this.dir, { bigint: true, throwIfNoEntry: false }));
    const listed = stats === undefined ? 'none' : signatureOf(stats);
    if (listed === this.#listed) return false;
    const packs = new Map<string, Pack>();
    for (const name of this.#names()) {
      const path = packPath(this.dir, name);
      const known = this.#packs.get(name);
      const files = known?.files ?? readIndex(path);
      if (files !== undefined) packs.set(name, known ?? { name, path, files });
    }
    this.#packs = packs;
    this.#listed = stats === undefined || !isRacy(stats) ? listed : '';
    return true;
  }

  /** Puts small files together. They must be intact. */
  async add(files: readonly { path: string; bytes: Uint8Array }[], mtime?: Date): Promise<string> {
    const name = await writePack(this.dir, files, this.#temp, mtime);
    this.#remember(name);
    return name;
  }

  /** Removes a file from all packs. */
  async forget(path: string): Promise<void> {
    const isKept = (file: string) => file !== path;
    for (const pack of this.all().filter(({ files }) => files.has(path)))
      await this.replace(pack, isKept, async () => {
        await rm(pack.path, { force: true });
        return true;
      });
  }

  /**
   * Replaces a pack by one with those of its files that are intact and kept, which counts as used when the
   * old one was.
   *
   * @param remove removes the old one; false if it must stay, so that nothing changes
   */
  async replace(
    pack: Pack,
    isKept: (path: string) => boolean,
    remove: () => Promise<boolean>,
  ): Promise<boolean> {
    const rest = this.intactFiles(pack).filter(({ path }) => isKept(path));
    const added = rest.length === 0 ? undefined : await this.add(rest, new Date(this.lastUse(pack)));
    const isRemoved = await remove();
    const gone = isRemoved ? pack.name : added;
    if (gone !== undefined) await this.drop(gone);
    return isRemoved;
  }

  /** Whether all of a pack is as it was written. */
  isWhole(pack: Pack): boolean {
    return this.#look(pack).isWhole;
  }

  /** Milliseconds since the epoch; 0 if it is gone. */
  lastUse(pack: Pack): number {
    return Number(this.#look(pack).stats?.mtimeMs ?? 0);
  }

  /** What can be used of a pack. */
  intactFiles(pack: Pack): { path: string; bytes: Buffer }[] {
    return [...pack.files].flatMap(([path, place]) => {
      const bytes = this.#bytes(pack, place);
      return isIntact(path, bytes) ? [{ path, bytes }] : [];
    });
  }

  async drop(name: string): Promise<void> {
    await rm(packPath(this.dir, name), { force: true });
    this.#verified.delete(name);
    this.#looked.delete(name);
    this.#listed = '';
  }

  #bytes(pack: Pack, { offset, size }: Place): Buffer {
    try {
      return readAt(pack.path, offset, size);
    } catch (error) {
      // Gone, or something else in its place.
      if (unreadable(error).type !== 'absent') this.#looked.delete(pack.name);
      return Buffer.alloc(0);
    }
  }

  /** Whether the pack is there and matches its name: hashed if its file is not the one that was hashed. */
  #look(pack: Pack): Looked {
    const now = performance.now();
    const before = this.#looked.get(pack.name);
    if (before !== undefined && now - before.at < BELIEVED_MS) return before;
    const there = ifExistsNow(() => statSync(pack.path, { bigint: true, throwIfNoEntry: false }));
    const stats = there?.isFile() ? there : undefined;
    const signature = stats === undefined ? '' : signatureOf(stats);
    const isWhole = before?.signature === signature ? before.isWhole : this.#isWhole(pack, signature);
    const looked = { at: now, stats, signature, isWhole };
    this.#looked.set(pack.name, looked);
    return looked;
  }

  #isWhole({ name, path }: Pack, signature: string): boolean {
    if (signature === '') return false;
    if (this.#verified.get(name, signature) !== undefined) return true;
    const bytes = ifExistsNow(() => readShortSync(path));
    if (bytes === undefined || sha256(bytes) !== name) return false;
    this.#verified.set(name, signature, 1);
    return true;
  }

  #remember(name: string): void {
    const stats = ifExistsNow(() => statSync(packPath(this.dir, name), { bigint: true }));
    if (stats !== undefined) this.#verified.set(name, signatureOf(stats), 1);
  }
}
