import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../../hub/hub-error.js';
import type { HubSettings } from '../../../hub/settings.js';
import { count } from '../../../util/words.js';
import { MARKER } from '../marker.js';
import { uploadOf } from '../small-files.js';
import { type PutOptions, staysAsItIs, type Upload } from '../types.js';
import type { HubAddress } from './address.js';
import { type HubBranch, hasMarker } from './branch.js';
import { commitFiles, sizesOf } from './commit.js';

/**
 * Limits of one commit: the Hub limits commits per hour, and an interrupted push should have little to
 * repeat.
 */
const MOST_FILES = 500;
const MOST_BYTES = 1e9;
/** How often others may be faster. */
const MOST_CONFLICTS = 8;

/**
 * Writes to a branch in few commits, each on top of the commit that was read: nothing is ever overwritten
 * unseen.
 */
export class HubWriter {
  readonly #address: HubAddress;
  readonly #settings: HubSettings;
  readonly #branch: HubBranch;
  /** The commit to build on; unknown once somebody else may have made another. */
  #head: string | undefined;
  #isMarked: boolean;

  constructor(branch: HubBranch, state: { commit: string; isMarked: boolean }) {
    this.#branch = branch;
    this.#address = branch.address;
    this.#settings = branch.settings;
    this.#head = state.commit;
    this.#isMarked = state.isMarked;
  }

  /** Commits those files that are missing or wrong on the branch. Resolves with their number. */
  async putMany(uploads: ReadonlyMap<string, Upload>, options: PutOptions): Promise<number> {
    const missing = await this.#missing(uploads, options.signal);
    let stored = 0;
    for (const batch of batchesOf(missing)) stored += await this.#store(batch, options);
    return stored;
  }

  /** The commit that the next one builds on: the one last read or made, if known. */
  async commit(signal: AbortSignal | undefined): Promise<string> {
    if (this.#head !== undefined) return this.#head;
    const commit = await this.#branch.commit(signal);
    this.#isMarked ||= await hasMarker(this.#branch, commit, signal);
    this.#head = commit;
    return commit;
  }

  /** One commit; if somebody else was faster, another one with what is then still missing. */
  async #store(uploads: ReadonlyMap<string, Upload>, { signal, progress }: PutOptions): Promise<number> {
    const { repository, revision } = this.#address;
    const settings = this.#settings;
    let missing = uploads;
    for (let conflicts = 0; missing.size > 0; ) {
      const parent = await this.commit(signal);
      const marking = await this.#marking(parent, signal);
      const files = new Map([...missing].map(([key, upload]) => [this.#branch.path(key), upload]));
      try {
        const place = { repository, settings, signal };
        const title = `etude push: ${count(files.size, 'file')}`;
        const commit = { branch: revision, parent, title, files, more: marking };
        const made = await commitFiles(place, commit, progress);
        this.#head = made.commit;
        this.#isMarked = true;
        return missing.size;
      } catch (error) {
        // Whatever happened, the branch may have moved.
        this.#head = undefined;
        if (!(error instanceof HubError) || (error.status !== 412 && error.status !== 409)) throw error;
        conflicts += 1;
        if (conflicts === MOST_CONFLICTS)
          throw new HubError(`others keep pushing to '${repository.id}'`, {
            hint: 'Push again.',
            cause: error,
          });
        await sleep(settings.backoffMs * 2 ** conflicts * Math.random(), undefined, { signal });
        missing = await this.#missing(missing, signal);
      }
    }
    return 0;
  }

  async #missing(
    uploads: ReadonlyMap<string, Upload>,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, Upload>> {
    const place = { repository: this.#address.repository, settings: this.#settings, signal };
    const commit = await this.commit(signal);
    const paths = [...uploads.keys()].map((key) => this.#branch.path(key));
    const sizes = await sizesOf(place, commit, paths);
    return new Map(
      [...uploads].filter(([key, { size }]) => {
        const there = sizes.get(this.#branch.path(key));
        return there === undefined || !staysAsItIs(key, there, size);
      }),
    );
  }

  /**
   * What turns a branch into a remote: the marker, and a line that stores all objects as LFS files; otherwise
   * the Hub adds one line per object.
   */
  async #marking(parent: string, signal: AbortSignal | undefined): Promise<Map<string, Upload>> {
    if (this.#isMarked) return new Map();
    const marking = new Map([[this.#branch.path(MARKER.key), uploadOf(Buffer.from(MARKER.text))]]);
    const line = `${this.#branch.path('objects')}/** filter=lfs diff=lfs merge=lfs -text\n`;
    const attributes = (await this.#branch.text(parent, '.gitattributes', signal)) ?? '';
    const end = attributes === '' || attributes.endsWith('\n') ? '' : '\n';
    if (!attributes.includes(line))
      marking.set('.gitattributes', uploadOf(Buffer.from(attributes + end + line)));
    return marking;
  }
}

/** Batches of one commit each. */
function* batchesOf(uploads: ReadonlyMap<string, Upload>): Generator<Map<string, Upload>> {
  let batch = new Map<string, Upload>();
  let bytes = 0;
  for (const [key, upload] of uploads) {
    if (batch.size === MOST_FILES || (batch.size > 0 && bytes + upload.size > MOST_BYTES)) {
      yield batch;
      batch = new Map();
      bytes = 0;
    }
    batch.set(key, upload);
    bytes += upload.size;
  }
  if (batch.size > 0) yield batch;
}
