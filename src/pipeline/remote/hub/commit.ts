import { HubError, notTheHub, redact } from '../../../hub/hub-error.js';
import type { RepositoryId } from '../../../hub/repository-id.js';
import type { HubSettings } from '../../../hub/settings.js';
import { EtudeError } from '../../../util/errors.js';
import type { Upload } from '../types.js';
import { hubFetch } from './fetch.js';
import { UploadBlob } from './upload-blob.js';
import { uploadModes } from './upload-modes.js';

/** How many paths the Hub is asked about at a time. */
const ASKED_AT_ONCE = 250;

/** A repository that is written to. */
export interface Place {
  repository: RepositoryId;
  settings: HubSettings;
  signal?: AbortSignal;
}

/** The sizes of those paths that exist in a commit. */
export async function sizesOf(
  place: Place,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, number>> {
  const { pathsInfo } = await import('@huggingface/hub');
  const sizes = new Map<string, number>();
  for (let at = 0; at < paths.length; at += ASKED_AT_ONCE) {
    const infos = await asEtudeError(place, () =>
      pathsInfo({ ...common(place), revision: commit, paths: paths.slice(at, at + ASKED_AT_ONCE) }),
    );
    for (const { path, type, size, lfs } of infos) if (type === 'file') sizes.set(path, lfs?.size ?? size);
  }
  return sizes;
}

/** A commit to make. */
export interface NewCommit {
  branch: string;
  /** The commit that the branch must be at; otherwise this is a HubError with status 412. */
  parent: string;
  title: string;
  files: ReadonlyMap<string, Upload>;
  /** Additional files, whose bytes count for no progress. */
  more?: ReadonlyMap<string, Upload>;
  /** Paths of files to remove. */
  removed?: readonly string[];
  /** Proposes it in a pull request, and leaves the branch alone. */
  isPullRequest?: boolean;
}

/**
 * Stores files in one commit: uploads large ones that the Hub lacks first, and makes nothing visible until
 * everything is.
 *
 * @param progress called with bytes as they are sent; with a negative number if some must be sent again
 * @returns the new commit, and the address of the pull request, if it is in one
 */
export async function commitFiles(
  place: Place,
  { files, more = new Map(), removed = [], parent, ...named }: NewCommit,
  progress: (bytes: number) => void = () => undefined,
): Promise<{ commit: string; pullRequest?: string }> {
  const { commit } = await import('@huggingface/hub');
  const { fetch, ...shared } = common(place, progress);
  const all = new Map([...more, ...files]);
  const modes = uploadModes(fetch, all);
  const answer = await asEtudeError(place, () =>
    commit({
      ...shared,
      ...named,
      fetch: modes.fetch,
      parentCommit: parent,
      operations: [
        ...[...all].map(([path, upload]) => ({
          operation: 'addOrUpdate' as const,
          path,
          content: new UploadBlob(upload),
        })),
        ...removed.map((path) => ({ operation: 'delete' as const, path })),
      ],
      abortSignal: place.signal,
      // Plain LFS: one request per object, and supported by any mirror of the Hub. Xet needs a second
      // service, and chunking in JavaScript.
      useXet: false,
    }),
  );
  const oid = answer?.commit.oid ?? '';
  if (!/^[0-9a-f]{40}$/.test(oid)) throw notTheHub(place.settings);
  for (const path of modes.regular) progress(files.get(path)?.size ?? 0);
  const { pullRequestUrl } = answer!;
  return {
    commit: oid,
    ...(pullRequestUrl !== undefined && { pullRequest: redact(pullRequestUrl, place.settings) }),
  };
}

function common({ repository, settings, signal }: Place, progress?: (bytes: number) => void) {
  return {
    repo: { type: repository.type, name: repository.id },
    hubUrl: settings.endpoint,
    fetch: hubFetch({ repository, settings, signal, progress }),
  };
}

/** The library's own errors are about answers that it cannot read, and may contain signed addresses. */
async function asEtudeError<T>({ settings, signal }: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof EtudeError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new HubError('unexpected response from the Hub to a push', {
      got: redact(text.replace(/https?:\S+/g, '(address)').slice(0, 200), settings),
    });
  }
}
