import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { blobHash } from '../../../hub/blob-digest.js';
import { diskUpload } from '../../../pipeline/remote/disk-upload.js';
import { uploadOf } from '../../../pipeline/remote/small-files.js';
import type { Upload } from '../../../pipeline/remote/types.js';

/** What a repository is to contain: by path, with `/`. */
export type PublishedFiles = ReadonlyMap<string, Upload>;

/** A text, as a file of a repository. */
export function textFile(text: string): Upload {
  return uploadOf(Buffer.from(text));
}

/** All files below a folder. */
export async function filesBelow(folder: string): Promise<Map<string, Upload>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Upload>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).split(sep).filter(Boolean).join('/');
    files.set(name, diskUpload(path, (await stat(path)).size));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** SHA-256 of a file's bytes. */
export function sha256Of(file: Upload): Promise<string> {
  return digestOf(file, '0'.repeat(64));
}

/** Whether a file's bytes are those of a blob: its SHA-256, or git's SHA-1 of it. */
export async function hasDigest(file: Upload, digest: string): Promise<boolean> {
  return (await digestOf(file, digest)) === digest;
}

async function digestOf(file: Upload, like: string): Promise<string> {
  const hash = blobHash(like, file.size);
  for await (const piece of file.pieces()) hash.update(piece);
  return hash.digest('hex');
}
