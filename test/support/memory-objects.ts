import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chunk, ObjectRef } from '../../src/stage/artifact.js';
import type { ChunkResults, Objects } from '../../src/stage/stage-type.js';
import { sharedTempFolder } from './temp-folder.js';

/** A content store in memory. */
export class MemoryObjects implements Objects {
  readonly stored = new Map<string, Uint8Array>();
  private folder: string | undefined;

  async put(bytes: Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>): Promise<ObjectRef> {
    if (Symbol.asyncIterator in bytes) {
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(Uint8Array.from(part));
      return this.put(parts);
    }
    const whole = Uint8Array.from(bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes));
    const digest = createHash('sha256').update(whole).digest('hex');
    this.stored.set(digest, whole);
    return { digest, size: whole.byteLength };
  }

  async putFile(path: string): Promise<ObjectRef> {
    return this.put(readFileSync(path));
  }

  async read(ref: ObjectRef): Promise<Uint8Array> {
    const bytes = this.stored.get(ref.digest);
    if (bytes === undefined) throw new Error(`no object ${ref.digest}`);
    return bytes;
  }

  async pathOf(ref: ObjectRef): Promise<string> {
    this.folder ??= sharedTempFolder('objects');
    const path = join(this.folder, ref.digest);
    writeFileSync(path, await this.read(ref));
    return path;
  }
}

/** Finished chunks in memory. */
export class MemoryChunkResults implements ChunkResults {
  readonly stored = new Map<string, Chunk>();

  async get(key: string): Promise<Chunk | undefined> {
    return this.stored.get(key);
  }

  async set(key: string, result: Chunk): Promise<void> {
    this.stored.set(key, result);
  }
}
