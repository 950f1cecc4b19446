import { readdirSync, type Stats, statSync, utimesSync } from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDevice } from '../../files/file-name.js';
import { ifExists, ifExistsNow } from '../../files/fs-errors.js';
import { sealed } from '../../files/sealed.js';
import type { TempFiles } from '../../files/temp-files.js';
import { canonicalJson } from '../../util/canonical-json.js';
import { sha256 } from '../../util/sha256.js';
import { isWhole, readEntry } from './own-entry.js';
import { isRacy, type StatMemo, signatureOf } from './stat-memo.js';
import type { Entry } from './types.js';

/** The time of the last hit is the file's mtime, kept to this precision so that a hit rarely writes. */
const TOUCH_AFTER_MS = 60_000;

/** After this many files have been read one by one, the memo of other processes is consulted. */
const MANY = 100;
/** Bytes. */
const LONGEST_REMEMBERED = 4096;

/** An entry as garbage collection sees it. */
export interface StoredEntry {
  entry: Entry;
  path: string;
  /** Milliseconds since the epoch. */
  lastHit: number;
  bytes: number;
}

/**
 * The fingerprint index: `index/<stage type>/<fingerprint>.json`. An entry is complete or absent: its file is
 * sealed, and its content has the shape of an entry, is stored under its own fingerprint and matches its own
 * digests.
 */
export class Entries {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #warn: (text: string) => void;
  /** Parsed entries by path, valid while the file is unchanged. */
  readonly #parsed = new Map<string, { file: string; entry: Entry }>();
  /** By folder, valid while its signature is unchanged. */
  readonly #lists = new Map<string, { signature: string; entries: readonly Entry[] }>();
  /** Complete entries by fingerprint: one file to read instead of thousands. */
  readonly #memo: StatMemo<Entry>;
  #read = 0;
  /** As last listed. */
  #folders: readonly string[] = [];

  constructor(dir: string, temp: TempFiles, memo: StatMemo<Entry>, warn: (text: string) => void) {
    this.#dir = dir;
    this.#temp = temp;
    this.#memo = memo;
    this.#warn = warn;
  }

  /** The verified entry of a fingerprint; `undefined` (with a warning) for a corrupt one. Counts as a hit. */
  async find(fingerprint: string): Promise<Entry | undefined> {
    if (!isDigest(fingerprint)) return undefined;
    // Listing folders costs as much as everything else.
    const found = this.#findIn(this.#folders, fingerprint) ?? this.#findIn(this.#newFolders(), fingerprint);
    if (found === undefined) return undefined;
    if (Date.now() - found.lastHit > TOUCH_AFTER_MS) this.touch(found.path);
    return found.entry;
  }

  #findIn(folders: readonly string[], fingerprint: string): StoredEntry | undefined {
    for (const folder of folders) {
      const path = join(this.#dir, folder, `${fingerprint}.json`);
      const stored = this.#load(path, fingerprint);
      if (stored === undefined) continue;
      const { file, entry } = this.#parsed.get(path)!;
      if (this.#memo.knows(fingerprint, file)) return stored;
      if (isWhole(entry, fingerprint)) {
        this.#remember(entry, file, stored.bytes);
        return stored;
      }
      this.#warnOf(fingerprint);
    }
    return undefined;
  }

  /** Makes an entry visible by rename. */
  async add(entry: Entry): Promise<void> {
    canonicalJson(entry);
    const { stage, fingerprint } = entry;
    if (!isWhole(entry, fingerprint))
      throw new Error(`entry of stage '${stage}' is invalid, or does not match its own digests`);
    const path = join(this.#dir, folderOf(entry.parts.uses), `${entry.fingerprint}.json`);
    const json = JSON.stringify(entry, null, 1);
    await this.#temp.writeText(path, sealed(`${json}\n`), { sync: true });
    const stats = ifExistsNow(() => statSync(path, { throwIfNoEntry: false }));
    if (stats !== undefined) this.#remember(JSON.parse(json) as Entry, fileOf(stats), stats.size);
  }

  /** Remembers an intact entry. For a long one, reading is not what takes time. */
  #remember(entry: Entry, file: string, bytes: number): void {
    if (bytes <= LONGEST_REMEMBERED) this.#memo.set(entry.fingerprint, file, entry);
  }

  /**
   * All readable entries of a stage type, newest first. The same list while it is unchanged: plans ask for it
   * once per stage, to explain and to predict.
   */
  async ofType(uses: string): Promise<readonly Entry[]> {
    const folder = folderOf(uses);
    const stats = await ifExists(stat(join(this.#dir, folder), { bigint: true }));
    if (stats === undefined) return [];
    const signature = signatureOf(stats);
    const known = this.#lists.get(folder);
    if (known?.signature === signature && !isRacy(stats)) return known.entries;
    const stored = this.#inFolder(folder);
    const entries = stored
      .map(({ entry }) => entry)
      .sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
    this.#lists.set(folder, { signature, entries });
    return entries;
  }

  /** Every readable entry. */
  async all(): Promise<StoredEntry[]> {
    return this.#listFolders().flatMap((folder) => this.#inFolder(folder));
  }

  async remove(stored: StoredEntry): Promise<void> {
    this.#parsed.delete(stored.path);
    await ifExists(unlink(stored.path));
  }

  /** Marks an entry as just used. In a read-only cache, it is no error that this fails. */
  touch(path: string): void {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // Another user's, or just collected.
    }
  }

  /** Forgets what is remembered about entries that are gone. */
  prune(): void {
    const there = new Set(this.#listFolders().flatMap((folder) => this.#fingerprintsIn(folder)));
    this.#memo.prune((fingerprint) => there.has(fingerprint));
  }

  // Synchronous on purpose, like looking at objects: through the thread pool, ten thousand of these take five
  // times as long.
  #listFolders(): readonly string[] {
    this.#folders = ifExistsNow(() => readdirSync(this.#dir)) ?? [];
    return this.#folders;
  }

  /** Folders created since they were last listed. */
  #newFolders(): string[] {
    const known = this.#folders;
    return this.#listFolders().filter((folder) => !known.includes(folder));
  }

  #fingerprintsIn(folder: string): string[] {
    const names = ifExistsNow(() => readdirSync(join(this.#dir, folder))) ?? [];
    const fingerprints = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
    return fingerprints.filter(isDigest);
  }

  #inFolder(folder: string): StoredEntry[] {
    return this.#fingerprintsIn(folder).flatMap((fingerprint) => {
      return this.#load(join(this.#dir, folder, `${fingerprint}.json`), fingerprint) ?? [];
    });
  }

  #load(path: string, fingerprint: string): StoredEntry | undefined {
    const stats = ifExistsNow(() => statSync(path, { throwIfNoEntry: false }));
    if (stats === undefined) return undefined;
    const about = { path, lastHit: stats.mtimeMs, bytes: stats.size };
    const file = fileOf(stats);
    const parsed = this.#parsed.get(path);
    if (parsed?.file === file) return { entry: parsed.entry, ...about };
    this.#read += 1;
    const known = this.#read > MANY ? this.#memo.get(fingerprint, file) : undefined;
    const entry = known?.fingerprint === fingerprint ? known : readEntry(path, fingerprint);
    if (entry === 'absent') return undefined;
    if (entry === 'damaged') {
      // Otherwise it would count again later, and its file would stay damaged.
      this.#memo.delete(fingerprint);
      this.#warnOf(fingerprint);
      return undefined;
    }
    this.#parsed.set(path, { file, entry });
    return { entry, ...about };
  }

  #warnOf(fingerprint: string): void {
    this.#warn(`cache entry ${fingerprint.slice(0, 12)} is corrupt and is ignored`);
  }
}

/**
 * What distinguishes a file of the index from another one under the same name. Files are never changed, only
 * replaced; being used changes a file's times, but not its birth time.
 */
function fileOf({ ino, size, birthtimeMs, ctimeMs }: Stats): string {
  return `${ino}.${size}.${birthtimeMs || ctimeMs}`;
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** A folder name for a stage type, which may be any text. */
function folderOf(uses: string): string {
  const plain = uses.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  const isFit = plain === uses && plain !== '' && !isDevice(plain);
  return isFit ? plain : `${plain}-${sha256(uses).slice(0, 8)}`;
}
