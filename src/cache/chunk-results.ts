import { readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Chunk, ObjectRef } from '../artifact.js';
import type { ChunkResults } from '../stage-type.js';
import { mapLimited } from './concurrency.js';
import { isDigest } from './entries.js';
import { ifExists } from './fs-errors.js';
import type { ObjectStore } from './object-store.js';
import { sha256 } from './sha256.js';
import type { TempFiles } from './temp-files.js';

const TOUCH_AFTER_MS = 60_000;

export interface StoredChunk {
  path: string;
  objects: ObjectRef[];
  lastUse: number;
  bytes: number;
}

/** Finished chunks under `chunks/ab/cdef….json`, small files that name objects. A corrupt one is as good as absent. */
export class DiskChunkResults implements ChunkResults {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #objects: ObjectStore;

  constructor(dir: string, temp: TempFiles, objects: ObjectStore) {
    this.#dir = dir;
    this.#temp = temp;
    this.#objects = objects;
  }

  async get(key: string): Promise<Chunk | undefined> {
    const path = this.#path(key);
    const text = await ifExists(readFile(path, 'utf8'));
    const chunk = text === undefined ? undefined : parseChunk(text);
    if (chunk === undefined) return undefined;
    for (const ref of Object.values(chunk.columns)) {
      if ((await this.#objects.check(ref)) !== undefined) return undefined;
    }
    const { mtimeMs } = (await ifExists(stat(path))) ?? { mtimeMs: Date.now() };
    const now = new Date();
    if (now.getTime() - mtimeMs > TOUCH_AFTER_MS) await utimes(path, now, now).catch(() => undefined);
    return chunk;
  }

  async set(key: string, result: Chunk): Promise<void> {
    const chunk: Chunk = { rows: result.rows, columns: result.columns };
    // Not synced: what a power cut leaves half-written does not parse, and is computed again.
    await this.#temp.writeText(this.#path(key), JSON.stringify(chunk));
  }

  /** Every readable one; those that do not parse come with no objects and time 0, to be swept. */
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
      const [stats, text] = await Promise.all([ifExists(stat(path)), ifExists(readFile(path, 'utf8'))]);
      if (stats === undefined || text === undefined) return undefined;
      const chunk = parseChunk(text);
      const objects = chunk === undefined ? [] : Object.values(chunk.columns);
      return { path, objects, lastUse: chunk === undefined ? 0 : stats.mtimeMs, bytes: stats.size };
    });
    return chunks.filter((chunk) => chunk !== undefined);
  }

  /** The key of a stored one. */
  keyOf({ path }: StoredChunk): string {
    return path
      .split(sep)
      .slice(-2)
      .join('')
      .replace(/\.json$/, '');
  }

  async remove(stored: StoredChunk): Promise<void> {
    await ifExists(unlink(stored.path));
  }

  #path(key: string): string {
    const name = isDigest(key) ? key : sha256(key);
    return join(this.#dir, name.slice(0, 2), `${name.slice(2)}.json`);
  }
}

/** A finished chunk as it is kept; `undefined` for what is none. */
export function parseChunk(text: string): Chunk | undefined {
  try {
    const chunk = JSON.parse(text) as Partial<Chunk> | null;
    if (!Number.isInteger(chunk?.rows) || typeof chunk?.columns !== 'object' || chunk.columns === null)
      return undefined;
    const whole = Object.values(chunk.columns).every(
      (ref: Partial<ObjectRef> | null) =>
        typeof ref?.digest === 'string' && isDigest(ref.digest) && Number.isInteger(ref.size),
    );
    return whole ? (chunk as Chunk) : undefined;
  } catch {
    return undefined;
  }
}
