import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { leadsOut } from '../../leads-out.js';

/**
 * Whether a file lies in a data set's folder once all links are followed. In the Hugging Face Hub's cache a snapshot's files are links to
 * the repository's blobs: there, the repository's folder counts. What does not exist counts as inside.
 */
export async function isInside(root: string, path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return true;
  return !leadsOut(relative(await boundaryOf(await realpath(root)), real));
}

async function boundaryOf(root: string): Promise<string> {
  const parts = root.split(sep);
  for (let i = parts.lastIndexOf('snapshots'); i > 0; i = parts.lastIndexOf('snapshots', i - 1)) {
    const repository = parts.slice(0, i).join(sep);
    if (/^[0-9a-f]{40}$/.test(parts[i + 1] ?? '') && (await isFolder(join(repository, 'blobs'))))
      return repository;
  }
  return root;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
