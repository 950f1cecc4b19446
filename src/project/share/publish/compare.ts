import { createHash } from 'node:crypto';
import { HubError } from '../../../hub/hub-error.js';
import { type ListedFile, listFiles } from '../../../hub/list-files.js';
import type { HubBranch } from '../../../pipeline/remote/hub/branch.js';
import type { Upload } from '../../../pipeline/remote/types.js';
import { hasDigest, type PublishedFiles } from './files.js';
import { MARKER, readMarker } from './marker.js';

/** What a commit must change so that a branch has the files. */
export interface Changes {
  /** Files that are new or different. */
  files: Map<string, Upload>;
  /** Files that an earlier push wrote, and this one does not have. */
  removed: string[];
  /** Files that somebody else wrote: those that would be replaced, or, if nothing is from Etude, all. */
  foreign: string[];
}

/** What the Hub itself puts into a new repository. */
const ATTRIBUTES = '.gitattributes';
const CARD = 'README.md';

/** Compares files with a commit of a branch. */
export async function compare(
  branch: HubBranch,
  commit: string,
  files: PublishedFiles,
  signal?: AbortSignal,
): Promise<Changes> {
  const { repository } = branch.address;
  const there = new Map(await listFiles(repository, commit, branch.settings, { signal }));
  const written = there.has(MARKER)
    ? readMarker(await branch.text(commit, MARKER, signal))
    : new Map<string, string>();
  const isWritten = async (name: string) => {
    const digest = written.get(name);
    return digest !== undefined && digest === (await sha256There(branch, commit, name, there.get(name)!));
  };
  const changes: Changes = { files: new Map(), removed: [], foreign: [] };
  for (const [name, file] of files) {
    const listed = there.get(name);
    if (listed !== undefined && (await isSame(file, listed))) continue;
    changes.files.set(name, file);
    if (listed === undefined || name === MARKER) continue;
    const isHubs = name === CARD && isBlankCard(await branch.text(commit, name, signal));
    if (!isHubs && !(await isWritten(name))) changes.foreign.push(name);
  }
  for (const name of written.keys())
    if (!files.has(name) && there.has(name) && (await isWritten(name))) changes.removed.push(name);
  // Whatever is beside what Etude wrote stays; but nothing is added to what is somebody else's.
  if (written.size === 0)
    for (const name of there.keys())
      if (!files.has(name) && name !== ATTRIBUTES && name !== CARD) changes.foreign.push(name);
  return changes;
}

async function isSame(file: Upload, listed: ListedFile): Promise<boolean> {
  if (file.size !== (listed.lfs_size ?? listed.size)) return false;
  return hasDigest(file, listed.lfs_sha256 ?? listed.blob_id);
}

/** SHA-256 of a file of a commit; those that are not LFS files are small, and downloaded for it. */
async function sha256There(
  branch: HubBranch,
  commit: string,
  name: string,
  { lfs_sha256 }: ListedFile,
): Promise<string | undefined> {
  if (lfs_sha256 !== undefined) return lfs_sha256;
  const file = await branch.file(commit, name);
  if (file === undefined) throw new HubError(`'${name}' can no longer be read`, { transient: true });
  const hash = createHash('sha256');
  for await (const piece of file.pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Whether a card has metadata only, as the Hub's website makes it. */
function isBlankCard(text = ''): boolean {
  return text.replace(/^---\r?\n(?:.*\r?\n)*?---/, '').trim() === '';
}
