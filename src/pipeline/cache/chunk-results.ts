import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';
import { type Kept, openSeal, readSealed, sealed } from '../../files/sealed.js';
import type { TempFiles } from '../../files/temp-files.js';
import type { Chunk, ObjectRef } from '../../stage/artifact.js';
import type { ChunkResults } from '../../stage/stage-type.js';
import { mapLimited } from '../../util/concurrency.js';
import { sha256 } from '../../util/sha256.js';
import { isDigest } from './entries.js';
import type { ObjectStore } from './object-store.js';
import { packedPath } from './packs/pack-file.js';
import type { Packs } from './packs/packs.js';

const TOUCH_AFTER_MS = 60_000;

export interface StoredChunk {
  path: string;
  /** Whether it is in a pack: `path` is where it would be otherwise, below the cache. */
  isPacked: boolean;
  objects: ObjectRef[];
  lastUse: number;
  bytes: number;
  /** Whether it is what a computation kept to be continued, rather than rows. */
  isState: boolean;
}

/**
 * Finished chunks under `chunks/ab/cdef….json`, small sealed files that name their key and objects. A damaged
 * one counts as absent.
 */
export class DiskChunkResults implements ChunkResults {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #objects: ObjectStore;
  readonly #packs: Packs;

  readonly #warn: (text: string) => void;

  constructor(
    dir: string,
    temp: TempFiles,
    objects: ObjectStore,
    packs: Packs,
    warn: (text: string) => void,
  ) {
    this.#dir = dir;
    this.#temp = temp;
    this.#objects = objects;
    this.#packs = packs;
    this.#warn = warn;
  }

  async get(key: string): Promise<Chunk | undefined> {
    const path = this.#path(key);
    const chunk = await this.#read(path);
    if (chunk === undefined) return undefined;
    for (const ref of Object.values(chunk.columns)) {
      if ((await this.#objects.check(ref)) !== undefined) return undefined;
    }
    const stats = await ifExists(stat(path));
    const packed = stats === undefined ? this.#packs.find(packedPath('chunks', keyOf(path))) : undefined;
    if (packed !== undefined) this.#packs.touch(packed);
    const { mtimeMs } = stats ?? { mtimeMs: Date.now() };
    const now = new Date();
    if (now.getTime() - mtimeMs > TOUCH_AFTER_MS) await utimes(path, now, now).catch(() => undefined);
    return chunk;
  }

  async set(key: string, result: Chunk): Promise<void> {
    const path = this.#path(key);
    const kept = { key: keyOf(path), rows: result.rows, columns: result.columns };
    // Not synced: what a power cut leaves half-written breaks the seal, and is recomputed.
    await this.#temp.writeText(path, sealed(JSON.stringify(kept)));
  }

  /** Every readable one; those that do not parse have no objects and time 0, so that they are removed. */
  async all(): Promise<StoredChunk[]> {
    const folders = (await ifExists(readdir(this.#dir))) ?? [];
    const names = await Promise.all(
      folders.map(async (folder) =>
        ((await ifExists(readdir(join(this.#dir, folder)))) ?? []).map((name) =>
          join(this.#dir, folder, name),
        ),
      ),
    );
    const chunks = await mapLimited(names.flat(), 32, async (path) => {
      const [stats, chunk] = await Promise.all([ifExists(stat(path)), this.#read(path)]);
      if (stats === undefined) return undefined;
      const objects = chunk === undefined ? [] : Object.values(chunk.columns);
      const lastUse = chunk === undefined ? 0 : stats.mtimeMs;
      return { path, isPacked: false, objects, lastUse, bytes: stats.size, isState: chunk?.rows === 0 };
    });
    return [...this.#packed(), ...chunks.filter((chunk) => chunk !== undefined)];
  }

  /** Those in packs. */
  #packed(): StoredChunk[] {
    return this.#packs.all().flatMap((pack) =>
      [...pack.files.keys()].flatMap((path) => {
        const found = path.startsWith('chunks/') ? this.#packs.known(path) : undefined;
        const chunk = found?.pack === pack ? this.#open(path, openPacked(this.#packs.read(path))) : undefined;
        if (found === undefined || chunk === undefined) return [];
        const { lastUse, size: bytes } = found;
        return {
          path,
          isPacked: true,
          objects: Object.values(chunk.columns),
          lastUse,
          bytes,
          isState: false,
        };
      }),
    );
  }

  /** The key of a stored one. */
  keyOf({ path }: StoredChunk): string {
    return keyOf(path);
  }

  /** `undefined` for one that is absent, damaged, or under another key than its own. */
  async #read(path: string): Promise<Chunk | undefined> {
    const kept = await readSealed(path);
    const chunk = kept.type === 'absent' ? undefined : this.#open(path, kept);
    return chunk ?? this.#open(path, openPacked(this.#packs.read(packedPath('chunks', keyOf(path)))));
  }

  #open(path: string, kept: Kept): Chunk | undefined {
    if (kept.type === 'absent') return undefined;
    const key = kept.type === 'whole' ? (kept.json as { key?: unknown }).key : undefined;
    const chunk = key === keyOf(path) ? chunkOf((kept as { json: unknown }).json) : undefined;
    if (chunk === undefined) this.#warn('finished chunks in the cache are damaged and will be recomputed');
    return chunk;
  }

  #path(key: string): string {
    const name = isDigest(key) ? key : sha256(key);
    return join(this.#dir, name.slice(0, 2), `${name.slice(2)}.json`);
  }
}

function openPacked(bytes: Buffer | undefined): Kept {
  return bytes === undefined ? { type: 'absent' } : openSeal(bytes.toString('utf8'));
}

function chunkOf(value: unknown): Chunk | undefined {
  const { rows, columns } = (value ?? {}) as Partial<Chunk>;
  if (!Number.isInteger(rows) || typeof columns !== 'object' || columns === null) return undefined;
  const whole = Object.values(columns).every(
    (ref: Partial<ObjectRef> | null) =>
      typeof ref?.digest === 'string' && isDigest(ref.digest) && Number.isInteger(ref.size),
  );
  return whole ? { rows: rows!, columns } : undefined;
}

function keyOf(path: string): string {
  return path
    .split(/[\\/]/)
    .slice(-2)
    .join('')
    .replace(/\.json$/, '');
}
