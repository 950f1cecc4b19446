import { HubError, notTheHub, redact } from '../../../hub/hub-error.js';
import type { RepositoryId } from '../../../hub/repository-id.js';
import type { HubSettings } from '../../../hub/settings.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import type { Upload } from '../types.js';
import { hubFetch } from './fetch.js';
import { UploadBlob } from './upload-blob.js';
import { uploadModes } from './upload-modes.js';

/** How many paths the Hub is asked about at a time. */
const ASKED_AT_ONCE = 250;

interface Place {
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

/**
 * Stores files in one commit: uploads large ones that the Hub lacks first, and makes nothing visible until
 * everything is.
 *
 * @param at the branch, and the commit that it must be at; otherwise this is a HubError with status 412
 * @param more additional files, not reported to `progress`
 * @returns the new commit
 */
export async function commitFiles(
  place: Place,
  at: { branch: string; parent: string },
  files: ReadonlyMap<string, Upload>,
  more: ReadonlyMap<string, Upload>,
  progress: (bytes: number) => void = () => undefined,
): Promise<string> {
  const { commit } = await import('@huggingface/hub');
  const { fetch, ...shared } = common(place, progress);
  const all = new Map([...more, ...files]);
  const modes = uploadModes(fetch, all);
  const answer = await asEtudeError(place, () =>
    commit({
      ...shared,
      fetch: modes.fetch,
      branch: at.branch,
      parentCommit: at.parent,
      title: `etude push: ${count(files.size, 'file')}`,
      operations: [...all].map(([path, upload]) => ({
        operation: 'addOrUpdate',
        path,
        content: new UploadBlob(upload),
      })),
      abortSignal: place.signal,
      // Plain LFS: one request per object, and supported by any mirror of the Hub. Xet needs a second
      // service, and chunking in JavaScript.
      useXet: false,
    }),
  );
  if (!/^[0-9a-f]{40}$/.test(answer?.commit.oid ?? '')) throw notTheHub(place.settings);
  for (const path of modes.regular) progress(files.get(path)?.size ?? 0);
  return answer!.commit.oid;
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
