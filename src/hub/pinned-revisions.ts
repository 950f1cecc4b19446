import type { RepositoryId } from './repository-id.js';

const pinned = new Map<string, string>();

/** From now on, in this process, a revision means this commit, wherever its branch or tag may have moved. */
export function pinRevision(repository: RepositoryId, revision: string, commit: string): void {
  pinned.set(keyOf(repository, revision), commit);
}

/** The commit that a revision was pinned to. */
export function pinnedCommit(repository: RepositoryId, revision: string): string | undefined {
  return pinned.get(keyOf(repository, revision));
}

function keyOf({ type, id }: RepositoryId, revision: string): string {
  return JSON.stringify([type, id, revision]);
}
