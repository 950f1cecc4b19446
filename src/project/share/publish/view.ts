import type { Asked } from '../../../hub/ask-json.js';
import { HubError } from '../../../hub/hub-error.js';
import { describeRepository, type RepositoryId } from '../../../hub/repository-id.js';
import { askRevision } from '../../../hub/resolve-revision.js';
import { retrying } from '../../../hub/retry.js';
import { HubBranch } from '../../../pipeline/remote/hub/branch.js';
import { EtudeError } from '../../../util/errors.js';
import { listOf } from '../../../util/words.js';
import { type Changes, compare } from './compare.js';
import type { PublishedFiles } from './files.js';

/** A repository as it is now, compared with the files that it is to have. */
export interface View {
  exists: boolean;
  isPrivate: boolean;
  /** Where the branch is; absent if there is none. */
  commit?: string;
  changes: Changes;
}

/** Looks at a branch of a repository. Neither has to exist. */
export async function look(asked: Asked, revision: string, files: PublishedFiles): Promise<View> {
  const { repository, settings, signal } = asked;
  const all: Changes = { files: new Map(files), removed: [], foreign: [] };
  const found = await revisionOf(asked, revision);
  if (found !== undefined) {
    const branch = new HubBranch({ repository, revision, prefix: '' }, settings);
    const changes = await compare(branch, found.commit, files, signal);
    return { exists: true, ...found, changes };
  }
  const main = revision === 'main' ? undefined : await revisionOf(asked, 'main');
  return { exists: main !== undefined, isPrivate: main?.isPrivate ?? false, changes: all };
}

/** `undefined` if there is no such repository, or no such branch. */
async function revisionOf({ repository, settings, signal }: Asked, revision: string) {
  try {
    return await retrying(() => askRevision(repository, revision, settings, signal), {
      attempts: 4,
      backoffMs: settings.backoffMs,
      signal,
    });
  } catch (error) {
    if (!(error instanceof HubError) || error.status === undefined) throw error;
    if (error.status === 404 || error.code === 'RepoNotFound') return undefined;
    throw error;
  }
}

/** How many file names a message lists. */
const MOST_NAMED = 5;

/** What about a repository forbids pushing to it. */
export function viewProblems(
  view: View,
  repository: RepositoryId,
  options: { private?: boolean; createPr?: boolean; force?: boolean },
): EtudeError[] {
  const problems: EtudeError[] = [];
  const name = describeRepository(repository);
  if (options.createPr && !view.exists)
    problems.push(new EtudeError(`no ${name} on the Hub to open a pull request for`));
  if (options.private && view.exists && !view.isPrivate)
    problems.push(
      new EtudeError(`${name} is public, and a private one was requested`, {
        hint: 'Make it private in its settings on the Hub, or leave the option out.',
      }),
    );
  const { foreign } = view.changes;
  // A pull request replaces nothing until somebody merges it.
  if (foreign.length === 0 || options.force || options.createPr) return problems;
  const more = foreign.length > MOST_NAMED ? [`${foreign.length - MOST_NAMED} more`] : [];
  problems.push(
    new EtudeError(`${name} has files that Etude did not write, or that were changed since`, {
      got: listOf([...foreign.slice(0, MOST_NAMED), ...more]),
      hint: 'Give another repository, or --force to replace those of the same names, or --create-pr to propose it.',
    }),
  );
  return problems;
}
