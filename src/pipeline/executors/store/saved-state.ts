import { copyFile, link, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ifExists } from '../../../files/fs-errors.js';
import { makeFolder } from '../../../files/make-folder.js';
import { sha256File } from '../../../files/sha256-file.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import { UNFINISHED } from '../../../stage/unfinished.js';
import { messageOf } from '../../../util/errors.js';
import { diskUpload } from '../../remote/disk-upload.js';
import { putBytes } from '../../remote/push.js';
import type { Remote, Upload } from '../../remote/types.js';
import { jobKey, readText, stateObjectKey } from './store-keys.js';

/** `state-<number>.json`: files of a job's scratch folder, where a training keeps its state. */
export interface SavedState {
  files: Record<string, ObjectRef>;
}

/** A job on a remote. */
export interface JobPlace {
  fingerprint: string;
  name: string;
}

/** How often it is looked whether there is another state. */
const LOOK_MS = 5000;

interface Found {
  name: string;
  size: number;
  mtimeMs: number;
}

/** The newest state of a job, if it has saved any. Numbers begin at 1, without gaps. */
export async function newestState(
  remote: Remote,
  { fingerprint, name }: JobPlace,
): Promise<{ number: number; state: SavedState } | undefined> {
  let newest: { number: number; state: SavedState } | undefined;
  const has = async (number: number): Promise<boolean> => {
    const text = await readText(remote, jobKey(fingerprint, name, `state-${number}.json`));
    if (text !== undefined) newest = { number, state: JSON.parse(text) as SavedState };
    return text !== undefined;
  };
  let [low, high] = [0, 1];
  while (await has(high)) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await has(middle)) low = middle;
    else high = middle;
  }
  return newest;
}

/**
 * Puts the files of a scratch folder on a remote while others are written there. A state whose files have
 * changed before they were read is not whole, and is left out.
 */
export class StateSaver {
  #saved = '';

  /**
   * @param links A folder on the same file system, for files that are removed while they are sent.
   * @param number That of the state that is there.
   */
  constructor(
    private readonly remote: Remote,
    private readonly scratch: string,
    private readonly links: string,
    private readonly job: JobPlace,
    private number: number,
  ) {}

  /** What is there need not be saved. */
  async skip(): Promise<void> {
    this.#saved = signature(await this.#list());
  }

  /** Saves each new state, with at least so long between two. What is returned ends that. */
  every(ms: number, warn: (text: string) => void): () => Promise<void> {
    const stop = new AbortController();
    const saving = (async () => {
      for (;;) {
        await sleep(Math.max(100, Math.min(ms, LOOK_MS)), undefined, { signal: stop.signal });
        try {
          if (await this.save(stop.signal)) await sleep(ms, undefined, { signal: stop.signal });
        } catch (error) {
          if (stop.signal.aborted) return;
          warn(`the state could not be saved on ${this.remote.name}, it is tried again: ${messageOf(error)}`);
          await sleep(ms, undefined, { signal: stop.signal });
        }
      }
    })().catch(() => undefined);
    return async () => {
      stop.abort();
      await saving;
    };
  }

  /** Whether there was a new state, which is now on the remote: what it consists of first. */
  async save(signal?: AbortSignal): Promise<boolean> {
    const found = await this.#list();
    const text = signature(found);
    if (found.length === 0 || text === this.#saved) return false;
    const { fingerprint, name } = this.job;
    await rm(this.links, { recursive: true, force: true });
    await makeFolder(this.links);
    try {
      const files: SavedState['files'] = {};
      const uploads = new Map<string, Upload>();
      for (const [i, each] of found.entries()) {
        const path = join(this.links, String(i));
        if (!(await this.#keep(each.name, path))) return false;
        const ref = await sha256File(path);
        files[each.name] = ref;
        uploads.set(stateObjectKey(fingerprint, name, ref.digest), diskUpload(path, ref.size));
      }
      if (signature(await this.#list()) !== text) return false;
      await this.remote.putMany(uploads, { signal });
      const key = jobKey(fingerprint, name, `state-${this.number + 1}.json`);
      await putBytes(this.remote, [[key, Buffer.from(JSON.stringify({ files }))]], { signal });
      this.number++;
      this.#saved = text;
      return true;
    } finally {
      await rm(this.links, { recursive: true, force: true });
    }
  }

  /** Another name for a file, which stays when the first one goes; `false` if that has happened. */
  async #keep(name: string, path: string): Promise<boolean> {
    const from = join(this.scratch, name);
    const kept = link(from, path).catch(() => copyFile(from, path));
    return (await ifExists(kept.then(() => true))) ?? false;
  }

  async #list(): Promise<Found[]> {
    const names = (await ifExists(readdir(this.scratch, { recursive: true }))) ?? [];
    const finished = names.filter((name) => !name.startsWith(UNFINISHED)).sort();
    const all = await Promise.all(
      finished.map(async (name): Promise<Found[]> => {
        const stats = await ifExists(stat(join(this.scratch, name)));
        return stats?.isFile() ? [{ name, size: stats.size, mtimeMs: stats.mtimeMs }] : [];
      }),
    );
    return all.flat();
  }
}

function signature(found: readonly Found[]): string {
  return JSON.stringify(found);
}
