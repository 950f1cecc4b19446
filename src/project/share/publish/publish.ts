import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked } from '../../../hub/ask-json.js';
import { HubError } from '../../../hub/hub-error.js';
import { createBranch, createRepository } from '../../../hub/prepare-repository.js';
import { type RepositoryId, webPath } from '../../../hub/repository-id.js';
import { type HubSettings, hubSettings } from '../../../hub/settings.js';
import { commitFiles } from '../../../pipeline/remote/hub/commit.js';
import { refusal } from '../../../pipeline/remote/hub/refusal.js';
import { needPackage } from '../../../pipeline/remote/need-package.js';
import { contentProblems } from './content-problems.js';
import type { PublishedFiles } from './files.js';
import { MARKER, markerFor } from './marker.js';
import { targetProblems } from './target-problems.js';
import { throwAll } from './throw-all.js';
import { look, type View, viewProblems } from './view.js';

export interface PublishOptions {
  /**
   * Whether a new repository is private. Default: what its owner has chosen for new ones. `true` also refuses
   * an existing one that is public.
   */
  private?: boolean;
  /** The branch; created if there is none. Default `main`. */
  revision?: string;
  /** Proposes the commit in a pull request. Default false. */
  createPr?: boolean;
  /** Replace files that Etude did not write. Default false. */
  force?: boolean;
  /** Stops: nothing is visible on the Hub until everything is. */
  signal?: AbortSignal;
  /** Called with the bytes sent so far, out of those that have to be sent: some may already be there. */
  progress?(bytes: number, total: number): void;
  /** Called with what the Hub says of the card, if that is not an error. */
  warn?(text: string): void;
}

/** What is on the Hub now. */
export interface Published {
  /** `owner/name`. */
  id: string;
  /** The address of the repository, or of the pull request. */
  url: string;
  revision: string;
  /** The commit that has the files; in a pull request, the one that was made there. */
  commit: string;
  /** Whether the repository is new. */
  created: boolean;
  /** Files that were new or different, and those that were removed; with none, no commit was made. */
  changed: number;
  removed: number;
  /** Bytes sent. */
  bytes: number;
}

/** How often others may be faster. */
const MOST_CONFLICTS = 5;

interface Work {
  asked: Asked;
  files: PublishedFiles;
  title: string;
  options: PublishOptions;
}

/**
 * Makes files the content of a model or a dataset on the Hub, in one commit: creates the repository if there
 * is none, and makes no commit if the files are there already. Files that somebody else wrote are not
 * replaced (unless `force`), and other files are left alone.
 *
 * @param files `README.md` is the card, which the Hub is asked to validate
 * @param title of the commit
 * @throws EtudeError with everything that is in the way; nothing has been changed then
 */
export async function publish(
  repository: RepositoryId,
  files: PublishedFiles,
  title: string,
  options: PublishOptions = {},
  settings: HubSettings = hubSettings(),
): Promise<Published> {
  needPackage('@huggingface/hub@2', 'a push to the Hub');
  const { revision = 'main', signal, warn } = options;
  const asked: Asked = { repository, settings, signal };
  try {
    const target = await targetProblems(asked, options);
    const problems = [...target.problems];
    problems.push(...(await contentProblems(asked, files, { ask: target.mayAsk, warn })));
    const all = new Map([...files, [MARKER, await markerFor(files)] as const]);
    const view = target.mayAsk ? await look(asked, revision, all) : undefined;
    if (view !== undefined) problems.push(...viewProblems(view, repository, options));
    throwAll(repository, problems);
    return await put({ asked, files: all, title, options }, view!);
  } catch (error) {
    throw error instanceof HubError ? refusal(error, { repository, revision }, settings, true) : error;
  }
}

/** One commit; if somebody else was faster, another one with what is then still different. */
async function put(work: Work, first: View): Promise<Published> {
  const { asked, options } = work;
  const { repository, settings, signal } = asked;
  const { revision = 'main' } = options;
  const created = !first.exists;
  if (created) await createRepository(asked, options.private);
  if (first.commit === undefined && revision !== 'main') await createBranch(asked, revision);
  let view = first.commit === undefined ? await look(asked, revision, work.files) : first;
  for (let conflicts = 0; ; conflicts += 1) {
    throwAll(repository, viewProblems(view, repository, options));
    const { commit, changes } = view;
    if (commit === undefined)
      throw new HubError('the Hub shows no repository of that name', {
        hint: 'It may exist without being visible to the owner of the token.',
      });
    const published = { id: repository.id, revision, created };
    const url = `${settings.endpoint}/${webPath(repository)}`;
    if (changes.files.size === 0 && changes.removed.length === 0)
      return { ...published, url, commit, changed: 0, removed: 0, bytes: 0 };
    try {
      const made = await commitChanges(work, commit, view);
      const { size: changed } = changes.files;
      const removed = changes.removed.length;
      return {
        ...published,
        url: made.pullRequest ?? url,
        commit: made.commit,
        changed,
        removed,
        bytes: made.bytes,
      };
    } catch (error) {
      const isConflict = error instanceof HubError && (error.status === 412 || error.status === 409);
      if (!isConflict || conflicts === MOST_CONFLICTS) throw error;
      await sleep(settings.backoffMs * 2 ** conflicts * Math.random(), undefined, { signal });
      view = await look(asked, revision, work.files);
    }
  }
}

async function commitChanges(
  { asked, title, options }: Work,
  parent: string,
  { changes: { files, removed } }: View,
): Promise<{ commit: string; pullRequest?: string; bytes: number }> {
  const { revision: branch = 'main', createPr: isPullRequest = false, progress } = options;
  const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const made = await commitFiles(asked, { branch, parent, title, files, removed, isPullRequest }, (sent) => {
    bytes += sent;
    progress?.(bytes, total);
  });
  return { ...made, bytes };
}
