import { createHash } from 'node:crypto';

export interface StoredFile {
  bytes: Buffer;
  oid: string;
  /** For LFS files. */
  sha256?: string;
}

/** A repository: commits, each with all of its files, and branches. */
export class Repository {
  readonly commits = new Map<string, ReadonlyMap<string, StoredFile>>();
  readonly refs = new Map<string, string>();
  /** LFS objects that were uploaded, whether or not a commit has them. */
  readonly objects = new Map<string, Buffer>();
  gated = false;
  isPrivate = false;

  constructor(readonly key: string) {}

  /** Adds a commit with these files, and nothing else, to a branch. */
  commit(branch: string, files: ReadonlyMap<string, StoredFile>): string {
    const names = [...files].map(([name, { oid }]) => [name, oid]);
    const parent = this.refs.get(branch);
    const commit = sha1(JSON.stringify([this.key, branch, parent, names]));
    this.commits.set(commit, files);
    this.refs.set(branch, commit);
    return commit;
  }

  /** A branch for the next pull request, at a commit. */
  proposal(commit: string): { branch: string; number: number } {
    const number = [...this.refs.keys()].filter((ref) => ref.startsWith('refs/pr/')).length + 1;
    const branch = `refs/pr/${number}`;
    this.refs.set(branch, commit);
    return { branch, number };
  }

  blob(sha256: string): Buffer | undefined {
    const uploaded = this.objects.get(sha256);
    if (uploaded !== undefined) return uploaded;
    for (const files of this.commits.values())
      for (const file of files.values()) if (file.sha256 === sha256) return file.bytes;
    return undefined;
  }
}

/** A file as git or git-lfs stores it. */
export function stored(bytes: Buffer, isLarge: boolean): StoredFile {
  const digest = isLarge ? sha256(bytes) : undefined;
  const kept = digest === undefined ? bytes : pointer(digest, bytes.length);
  return { bytes, oid: sha1(Buffer.concat([Buffer.from(`blob ${kept.length}\0`), kept])), sha256: digest };
}

function pointer(digest: string, size: number): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${size}\n`);
}

export function sha1(data: Buffer | string): string {
  return createHash('sha1').update(data).digest('hex');
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
