import { HubError } from '../../../hub/hub-error.js';
import { isCommit } from '../../../hub/repository-id.js';
import { type HubSettings, hubSettings } from '../../../hub/settings.js';
import { EtudeError } from '../../../util/errors.js';
import { noRemote } from '../marker.js';
import { needPackage } from '../need-package.js';
import type { PutOptions, Remote, RemoteFile, Upload } from '../types.js';
import { type HubAddress, parseHubAddress } from './address.js';
import { HubBranch, hasMarker } from './branch.js';
import { refusal } from './refusal.js';
import { HubWriter } from './writer.js';

/**
 * A branch of a repository of the Hugging Face Hub, or a folder of it. A process reads one commit of it, file
 * by file, until it is refreshed: a run needs a few results, and a repository may have many.
 */
export class HubRemote implements Remote {
  readonly name: string;
  readonly #address: HubAddress;
  readonly #settings: () => HubSettings;
  /** The commit that is read. */
  #opened: Promise<string> | undefined;
  #writer: HubWriter | undefined;

  /**
   * @param settings how to reach the Hub; by default, according to the environment when it is called
   */
  constructor(name: string, settings: () => HubSettings = hubSettings) {
    this.name = name;
    this.#address = parseHubAddress(name);
    this.#settings = settings;
  }

  /** Checks whether this is a remote, or can become one: that happens in the first commit. */
  async prepare(signal: AbortSignal): Promise<void> {
    needPackage('@huggingface/hub@2', 'a push to hf://…');
    await this.#guard(true, async (branch) => {
      if (isCommit(this.#address.revision))
        throw new EtudeError('nothing can be pushed to a commit', { got: this.name, hint: 'Give a branch.' });
      const commit = await branch.commit(signal);
      const isMarked = await hasMarker(branch, commit, signal);
      if (!isMarked && !(await branch.isEmpty(commit, signal))) throw this.#noRemote(true);
      this.#writer = new HubWriter(branch, { commit, isMarked });
      this.#opened = Promise.resolve(commit);
    });
  }

  refresh(): void {
    this.#opened = undefined;
  }

  async get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined> {
    return this.#guard(false, async (branch) => {
      this.#opened ??= this.#open(branch, signal);
      return branch.file(await this.#opened, branch.path(key), signal);
    });
  }

  async putMany(uploads: ReadonlyMap<string, Upload>, options: PutOptions = {}): Promise<number> {
    const { signal = new AbortController().signal } = options;
    if (this.#writer === undefined) await this.prepare(signal);
    return this.#guard(true, async () => {
      const stored = await this.#writer!.putMany(uploads, { ...options, signal });
      // A writer sees what was written.
      this.#opened = Promise.resolve(await this.#writer!.commit(signal));
      return stored;
    });
  }

  async #open(branch: HubBranch, signal: AbortSignal): Promise<string> {
    const commit = await branch.commit(signal);
    if (await hasMarker(branch, commit, signal)) return commit;
    throw this.#noRemote(!(await branch.isEmpty(commit, signal)));
  }

  #noRemote(isThere: boolean): EtudeError {
    return noRemote(isThere, { file: this.name });
  }

  async #guard<T>(isWriting: boolean, work: (branch: HubBranch) => Promise<T>): Promise<T> {
    const settings = this.#settings();
    if (settings.offline)
      throw new HubError('HF_HUB_OFFLINE is set, so the Hub is not contacted', {
        hint: 'Unset it, or give another remote cache.',
      });
    try {
      return await work(new HubBranch(this.#address, settings));
    } catch (error) {
      throw error instanceof HubError ? refusal(error, this.#address, settings, isWriting) : error;
    }
  }
}
