import type { DiskCache } from '../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../src/pipeline/cache/types.js';
import { putEach } from '../../src/pipeline/remote/put-each.js';
import {
  objectKey,
  type PutOptions,
  type Remote,
  type RemoteFile,
  type Upload,
} from '../../src/pipeline/remote/types.js';
import { objectsOf } from '../../src/stage/artifact.js';
import { sha256 } from '../../src/util/sha256.js';
import { commitText } from './cache.js';

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

/**
 * Everything that is wrong with a remote: objects under a name that is not their digest, and entries that
 * came before what they name.
 */
export function wrongFiles(files: ReadonlyMap<string, Buffer>): string[] {
  return [...files].flatMap(([key, bytes]) => {
    if (key.startsWith('objects/'))
      return sha256(bytes) === key.slice('objects'.length).replaceAll('/', '') ? [] : [key];
    if (!key.startsWith('index/')) return [];
    const entry = JSON.parse(bytes.toString('utf8')) as Entry;
    const lacking = objectsOf(entry.artifact).filter(({ digest }) => !files.has(objectKey(digest)));
    return lacking.length > 0 ? [key] : [];
  });
}

/** Results with one object each of about this many bytes. */
export async function commitMany(cache: DiskCache, number: number, bytes: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let i = 0; i < number; i++) {
    const text = `${i} `;
    entries.push(await commitText(cache, text.repeat(bytes / text.length)));
  }
  return entries;
}
