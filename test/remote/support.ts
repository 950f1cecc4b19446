import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/cache/sha256.js';
import { putEach } from '../../src/remote/put-each.js';
import type { PutOptions, Remote, RemoteFile, Upload } from '../../src/remote/types.js';

/** A remote in memory, whose answers a test can spoil. */
export class FakeRemote implements Remote {
  readonly name = 'fake';
  readonly files = new Map<string, Buffer>();
  readonly asked: string[] = [];
  /** Called before every answer; may throw or hang. */
  before: (call: string, key: string) => Promise<void> = async () => undefined;
  /** Changes what `get` gives. */
  spoil: (key: string, file: RemoteFile) => RemoteFile = (_, file) => file;

  async prepare(): Promise<void> {
    await this.before('prepare', '');
  }

  async get(key: string): Promise<RemoteFile | undefined> {
    this.asked.push(key);
    await this.before('get', key);
    const bytes = this.files.get(key);
    if (bytes === undefined) return undefined;
    return this.spoil(key, { size: bytes.length, pieces: piecesOf(bytes) });
  }

  putMany(uploads: ReadonlyMap<string, Upload>, options: PutOptions = {}): Promise<number> {
    return putEach(this, uploads, options);
  }

  async put(key: string, upload: Upload): Promise<'stored' | 'present'> {
    await this.before('put', key);
    if (this.files.has(key)) return 'present';
    const parts: Uint8Array[] = [];
    for await (const piece of upload.pieces()) parts.push(piece);
    this.files.set(key, Buffer.concat(parts));
    return 'stored';
  }
}

export async function* piecesOf(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}
