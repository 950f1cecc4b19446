import { createHash, type Hash } from 'node:crypto';
import { FileInPieces } from '../../files/file-in-pieces.js';
import type { Chunk, Features } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { encodeLarge } from './encode-large.js';

export interface ChunkLimits {
  /** Mean number of rows between boundaries, for rows that are large enough for `minBytes`. */
  target: number;
  maxRows: number;
  /** Mean size between boundaries for small rows: of text and numbers, a chunk has hundreds. */
  minBytes: number;
  maxBytes: number;
}

/**
 * Small enough that a new clip affects few others, large enough that a dataset of 1,000 clips has about 60
 * objects per column, and one of 200,000 rows of text a hundred.
 */
export const chunkLimits: ChunkLimits = {
  target: 16,
  maxRows: 64,
  minBytes: 64 * 1024,
  maxBytes: 16 * 1024 * 1024,
};

/** The most rows in a chunk, however small they are. */
const MOST_ROWS = 4096;

interface Item<T> {
  item: T;
  hash: number;
  bytes: number;
  /** The fraction of the mean chunk size. */
  share: number;
}

/**
 * Groups items into chunks whose boundaries follow content, not position: there is a boundary after every
 * item whose hash is among the lowest 1/target of all hashes, or a smaller fraction for smaller items. So an
 * inserted item changes only the chunk that it falls into. If no such item comes in time, the boundary is
 * after the lowest hash among those waiting, which realigns by the next boundary.
 */
export class Chunker<T> {
  private waiting: Item<T>[] = [];
  private bytes = 0;
  private share = 0;

  constructor(private readonly limits: ChunkLimits = chunkLimits) {}

  /** Adds an item (`hash` a uint32 of its content) and returns the chunks that are now complete. */
  push(item: T, hash: number, bytes: number): T[][] {
    const { target, maxRows, minBytes, maxBytes } = this.limits;
    const share = Math.min(1 / target, Math.max(bytes / minBytes, 1 / MOST_ROWS));
    this.waiting.push({ item, hash, bytes, share });
    this.bytes += bytes;
    this.share += share;
    const chunks: T[][] = [];
    while (this.waiting.length > 1 && (this.share > maxRows / target || this.bytes > maxBytes)) {
      chunks.push(this.cut(this.lowest() + 1));
    }
    if (hash < 2 ** 32 * share) chunks.push(this.cut(this.waiting.length));
    return chunks;
  }

  /** The last chunk, if there is one. */
  end(): T[][] {
    return this.waiting.length === 0 ? [] : [this.cut(this.waiting.length)];
  }

  private lowest(): number {
    let lowest = 0;
    const height = (i: number) => this.waiting[i]!.hash / this.waiting[i]!.share;
    for (let i = 1; i < this.waiting.length - 1; i++) if (height(i) < height(lowest)) lowest = i;
    return lowest;
  }

  private cut(length: number): T[] {
    const chunk = this.waiting.splice(0, length);
    this.bytes = this.waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    this.share = this.waiting.reduce((sum, { share }) => sum + share, 0);
    return chunk.map(({ item }) => item);
  }
}

/** Chunks that may be on their way to the content store at once; limits memory. */
const maxPending = 2;

/** Writes rows, as arrays of values in the order of the features, into chunks of the content store. */
export class ChunkWriter {
  private chunker = new Chunker<readonly unknown[]>();
  private readonly written: Promise<Chunk>[] = [];

  constructor(
    private readonly features: Features,
    private readonly objects: Objects,
  ) {}

  async add(row: readonly unknown[]): Promise<void> {
    const { hash, bytes } = rowHash(row);
    for (const rows of this.chunker.push(row, hash, bytes)) await this.write(rows);
  }

  /** Ends the chunk in progress, so that a split begins with a new chunk. */
  async endSplit(): Promise<void> {
    for (const rows of this.chunker.end()) await this.write(rows);
  }

  /** All chunks, once they are stored. */
  async end(): Promise<Chunk[]> {
    await this.endSplit();
    return Promise.all(this.written);
  }

  private async write(rows: readonly (readonly unknown[])[]): Promise<void> {
    const chunk = this.store(rows);
    chunk.catch(() => {});
    this.written.push(chunk);
    if (this.written.length >= maxPending) await this.written[this.written.length - maxPending];
  }

  private async store(rows: readonly (readonly unknown[])[]): Promise<Chunk> {
    const columns = Object.entries(this.features).map(
      async ([name, feature], i) =>
        [
          name,
          await this.objects.put(
            encodeLarge(
              feature,
              rows.map((row) => row[i]),
            ),
          ),
        ] as const,
    );
    return { rows: rows.length, columns: Object.fromEntries(await Promise.all(columns)) };
  }
}

/**
 * A uint32 of a row's content (the head of a SHA-256 over its values, each with its kind and length), and its
 * size.
 */
export function rowHash(row: readonly unknown[]): { hash: number; bytes: number } {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for (const value of row) bytes += feed(sha256, value);
  return { hash: sha256.digest().readUInt32LE(0), bytes };
}

function feed(sha256: Hash, value: unknown): number {
  if (value instanceof FileInPieces) {
    sha256.update(`b${value.byteLength}:`);
    for (const piece of value.pieces()) sha256.update(piece);
    return value.byteLength;
  }
  if (ArrayBuffer.isView(value)) {
    sha256
      .update(`b${value.byteLength}:`)
      .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return value.byteLength;
  }
  if (typeof value === 'string') {
    sha256.update(`s${Buffer.byteLength(value)}:`).update(value);
    return value.length;
  }
  if (Array.isArray(value)) {
    sha256.update(`l${value.length}:`);
    return value.reduce<number>((sum, item) => sum + feed(sha256, item), 0);
  }
  if (value !== null && typeof value === 'object') {
    sha256.update('o:');
    return Object.values(value).reduce<number>((sum, item) => sum + feed(sha256, item), 0);
  }
  sha256.update(`v${Object.is(value, -0) ? '-0' : String(value)};`);
  return 8;
}
