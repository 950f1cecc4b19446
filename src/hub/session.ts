import type { Place, Repository } from '../stage/stage-type.js';
import type { RepositoryId } from './repository-id.js';

/** How long a failure is remembered. */
const FAILURE_MS = 10_000;

/**
 * What one project knows of the Hugging Face Hub: the repositories it has opened, so that it sees one commit
 * of a branch from its plan to its end, and the commits that revisions are pinned to.
 */
export class HubSession {
  readonly #opened = new Map<string, Promise<Repository>>();
  readonly #pins = new Map<string, string>();
  readonly #warned = new Set<string>();
  readonly #warn: (text: string) => void;

  /**
   * @param warn Called once per text: for instance, that the cache had to be used in place of the Hub.
   */
  constructor(warn: (text: string) => void = () => undefined) {
    this.#warn = warn;
  }

  /** From now on, a revision means this commit, wherever its branch or tag may have moved. */
  pin(repository: RepositoryId, revision: string, commit: string): void {
    this.#pins.set(keyOf(repository, revision), commit);
  }

  /** As `openRepository`; a repository that is already open costs nothing. */
  readonly repository: Place['repository'] = async (type, id, revision = 'main') => {
    const { openRepository } = await import('./open-repository.js');
    const { hubSettings } = await import('./settings.js');
    const settings = hubSettings();
    const { endpoint, cacheDir, token, offline } = settings;
    const key = JSON.stringify([keyOf({ type, id }, revision), endpoint, cacheDir, token, offline]);
    let promise = this.#opened.get(key);
    if (promise === undefined) {
      const commit = this.#pins.get(keyOf({ type, id }, revision));
      promise = openRepository({ type, id }, revision, { settings, commit, warn: this.#warnOnce });
      this.#opened.set(key, promise);
      // The next stage gets the same answer; a later attempt gets a new one.
      promise.catch(() => setTimeout(() => this.#opened.delete(key), FAILURE_MS).unref());
    }
    return promise;
  };

  readonly #warnOnce = (text: string): void => {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#warn(text);
  };
}

function keyOf({ type, id }: RepositoryId, revision: string): string {
  return JSON.stringify([type, id, revision]);
}
