import { HubError, notTheHub, statusError } from '../../../hub/hub-error.js';
import { listFiles } from '../../../hub/list-files.js';
import { fileUrl, isCommit } from '../../../hub/repository-id.js';
import { chunksOf, get } from '../../../hub/request.js';
import { askCommit } from '../../../hub/resolve-revision.js';
import { retrying } from '../../../hub/retry.js';
import type { HubSettings } from '../../../hub/settings.js';
import { MARKER, noRemote } from '../marker.js';
import { collect } from '../small-files.js';
import type { RemoteFile } from '../types.js';
import type { HubAddress } from './address.js';

/** Reads a branch, one commit of it at a time: nothing is stored, neither here nor in the Hub's cache. */
export class HubBranch {
  readonly address: HubAddress;
  readonly settings: HubSettings;

  constructor(address: HubAddress, settings: HubSettings) {
    this.address = address;
    this.settings = settings;
  }

  /** Where a key is in the repository. */
  path(key: string): string {
    return this.address.prefix + key;
  }

  /** Where the branch is now. */
  async commit(signal?: AbortSignal): Promise<string> {
    const { repository, revision } = this.address;
    if (isCommit(revision)) return revision;
    return this.#retrying(() => askCommit(repository, revision, this.settings, signal), signal);
  }

  /** Whether a commit contains only what the Hub itself puts into a new repository. */
  async isEmpty(commit: string, signal?: AbortSignal): Promise<boolean> {
    const { repository, prefix } = this.address;
    const folder = prefix.replace(/\/$/, '');
    const options = { folder, enough: 3, signal };
    const files = await listFiles(repository, commit, this.settings, options).catch((error: unknown) => {
      if (error instanceof HubError && error.code === 'EntryNotFound') return [];
      throw error;
    });
    return files.every(([name]) => ['.gitattributes', 'README.md'].includes(name));
  }

  /** A file of a commit, anywhere in the repository; `undefined` if there is none. */
  async file(commit: string, path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    const { repository } = this.address;
    const settings = this.settings;
    const url = fileUrl(settings.endpoint, repository, commit, path);
    const response = await this.#retrying(async () => {
      const answer = await get(url, settings, { signal });
      if (answer.ok) return answer;
      await answer.body?.cancel();
      if (answer.status === 404 && ['EntryNotFound', null].includes(answer.headers.get('x-error-code')))
        return undefined;
      throw statusError(answer, repository, settings, { revision: commit, file: path });
    }, signal);
    if (response === undefined) return undefined;
    const size = Number(response.headers.get('content-length') ?? Number.NaN);
    if (Number.isSafeInteger(size)) return { size, pieces: chunksOf(response, settings, signal) };
    await response.body?.cancel();
    throw notTheHub(settings);
  }

  /** A short text file of a commit. */
  async text(commit: string, path: string, signal?: AbortSignal): Promise<string | undefined> {
    const file = await this.file(commit, path, signal);
    if (file === undefined) return undefined;
    const bytes = await collect(file.pieces, 10_000_000);
    if (bytes === undefined) throw notTheHub(this.settings);
    return bytes.toString('utf8');
  }

  #retrying<T>(action: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return retrying(action, { attempts: 3, backoffMs: this.settings.backoffMs, signal });
  }
}

/** Whether a commit is a remote. Throws an EtudeError if it is one of another version. */
export async function hasMarker(
  branch: HubBranch,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const text = await branch.text(commit, branch.path(MARKER.key), signal);
  if (text !== undefined && text !== MARKER.text) throw noRemote(true, { file: branch.path(MARKER.key) });
  return text !== undefined;
}
