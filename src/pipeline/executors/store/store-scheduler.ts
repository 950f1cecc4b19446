import { stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { EtudeError, messageOf } from '../../../util/errors.js';
import type { DiskCache } from '../../cache/open-cache.js';
import { placeOf } from '../../recipe/recipe-paths.js';
import { diskUpload } from '../../remote/disk-upload.js';
import { fetchObjects, inParallel, RefusedError } from '../../remote/fetch-result.js';
import { objectUpload, putBytes } from '../../remote/push.js';
import { isRefused } from '../../remote/refused.js';
import { withTimeout } from '../../remote/timeouts.js';
import { objectKey, type Remote, type Upload } from '../../remote/types.js';
import { fetchSources } from '../../run/fetch-sources.js';
import { JobFolder, writeWhole } from '../job-folder.js';
import { jobScript } from '../job-script.js';
import { type Job, type JobStatus, type Scheduler, SchedulerUnavailable } from '../scheduler.js';
import { FILES, readTaskFile, type TaskFile } from '../task-file.js';
import { BadResult, foreignResult, objectsIn } from './foreign-result.js';
import { findJobs, type KnownJob } from './known-jobs.js';
import { objectsRead, portable } from './portable-task.js';
import { EVENT, jobKey, readText, withoutEvents } from './store-keys.js';

/**
 * How often a job's log is asked for while it runs, and how many at a time: that is one question for each.
 */
const LOG_MS = 10_000;
const LOGS_AT_ONCE = 4;

export interface StoreOptions {
  remote: Remote;
  /** As the profile names it. */
  store: string;
  cache: Pick<DiskCache, 'dir' | 'objects'>;
  setup: readonly string[];
  /** How Etude is called where jobs run. */
  etude: readonly string[];
  /** At least so long between two states of a training. Seconds. */
  stateInterval: number;
  now?(): number;
}

/**
 * A scheduler whose machines do not see the cache folder: what a job needs is put on a remote before it is
 * submitted, what it made is fetched from there before it counts as ended, and its log is its news.
 */
export class StoreScheduler implements Scheduler {
  readonly name: string;
  readonly find?: Scheduler['find'];
  readonly logs?: Scheduler['logs'];
  readonly cluster?: Scheduler['cluster'];
  readonly #jobs = new Map<string, KnownJob>();
  readonly #read = new Map<string, number>();
  #prepared: Promise<void> | undefined;

  constructor(
    private readonly inner: Scheduler,
    private readonly o: StoreOptions,
  ) {
    this.name = inner.name;
    if (inner.find !== undefined) this.find = (name) => inner.find!(name);
    if (inner.cluster !== undefined) this.cluster = () => inner.cluster!();
    if (inner.logs !== undefined) this.logs = async (id) => withoutEvents(await inner.logs!(id));
  }

  async submit(job: Job): Promise<string> {
    const { remote, store, setup, etude } = this.o;
    const folder = dirname(job.script);
    const file = await readTaskFile(join(folder, FILES.task));
    const { fingerprint } = file;
    const { sources, recipe } = file.task;
    // The plan may know no more than the digests of what is on the Hub.
    await fetchSources(sources, placeOf(recipe), { progress: () => undefined, log: () => undefined });
    const earlier = await this.#earlier(file, job.name);
    const task = portable(file, { earlier, stateInterval: this.o.stateInterval });
    const key = jobKey(fingerprint, job.name, 'task.json');
    try {
      this.#prepared ??= withTimeout((signal) => remote.prepare(signal), {});
      await this.#prepared;
      await remote.putMany(this.#uploads(file));
      await putBytes(remote, [[key, Buffer.from(JSON.stringify(task))]], {});
    } catch (error) {
      this.#prepared = undefined;
      if (isRefused(error)) throw error;
      const isNamed = error instanceof EtudeError && error.where !== undefined;
      throw new SchedulerUnavailable(`${isNamed ? '' : `${remote.name}: `}${messageOf(error)}`);
    }
    const command = [...etude, 'exec-task', '--store', store, key];
    await writeFile(job.script, jobScript(setup, command));
    const id = await this.inner.submit({ ...job, command });
    this.#jobs.set(id, { fingerprint, name: job.name, dir: folder });
    return id;
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const states = await this.inner.status(ids);
    if (ids.some((id) => !this.#jobs.has(id)))
      for (const [id, job] of await findJobs(this.o.cache.dir, this.name, await this.cluster?.()))
        this.#jobs.set(id, job);
    const over = ids.filter((id) => !['queued', 'running', 'hopeless'].includes(states.get(id)?.state ?? ''));
    const all = new Map(states);
    if (over.length > 0) this.o.remote.refresh?.();
    await inParallel(over, undefined, async (id, signal) => {
      // First what it said: with its result there, it is not followed any more.
      await this.#readLog(id);
      const refused = await this.#bring(id, signal);
      if (refused !== undefined) all.set(id, { state: 'ended', reason: refused });
    });
    const now = this.o.now?.() ?? performance.now();
    const due = ids
      .filter(
        (id) => states.get(id)?.state === 'running' && now - (this.#read.get(id) ?? -Infinity) >= LOG_MS,
      )
      .sort((a, b) => (this.#read.get(a) ?? 0) - (this.#read.get(b) ?? 0))
      .slice(0, LOGS_AT_ONCE);
    for (const id of due) this.#read.set(id, now);
    await Promise.all(due.map((id) => this.#readLog(id)));
    return all;
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.inner.cancel(ids);
  }

  /** Everything that a task reads, by digest. */
  #uploads(file: TaskFile): Map<string, Upload> {
    const { task } = file;
    const uploads = new Map(
      objectsRead(file).map((ref) => [objectKey(ref.digest), objectUpload(this.o.cache, ref)]),
    );
    for (const { digest, size, path } of Object.values(task.sources).flat())
      uploads.set(objectKey(digest), diskUpload(path, size));
    return uploads;
  }

  /** The names of earlier attempts, the newest first. */
  async #earlier({ fingerprint, task }: TaskFile, name: string): Promise<string[]> {
    const attempts = await new JobFolder(this.o.cache.dir, fingerprint, task.shard).attempts();
    const records = await Promise.all(attempts.map((each) => each.record()));
    const names = records.flatMap((record) =>
      record === undefined || record.name === name ? [] : [record.name],
    );
    return names.reverse();
  }

  /**
   * Fetches the result of a job that has ended, if it has left one: its objects first. Resolves to why it is
   * not used, if it is not.
   */
  async #bring(id: string, signal: AbortSignal): Promise<string | undefined> {
    const job = this.#jobs.get(id);
    if (job === undefined || (await ifExists(stat(join(job.dir, FILES.output)))) !== undefined)
      return undefined;
    const { remote, cache } = this.o;
    const key = jobKey(job.fingerprint, job.name, 'output.json');
    try {
      const text = await readText(remote, key, signal);
      if (text === undefined) return undefined;
      const result = foreignResult(text);
      await fetchObjects(remote, cache, objectsIn(result), { signal });
      await writeWhole(join(job.dir, FILES.output), JSON.stringify(result));
      return undefined;
    } catch (error) {
      if (error instanceof RefusedError || error instanceof BadResult) return error.message;
      if (error instanceof EtudeError) throw new SchedulerUnavailable(`${remote.name}: ${error.message}`);
      throw error;
    }
  }

  /** Splits a job's log into the files that a job with the cache folder would have written itself. */
  async #readLog(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    const text = job && (await this.inner.logs?.(id).catch(() => undefined));
    if (job === undefined || text === undefined) return;
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const events = whole.split('\n').filter((line) => line.startsWith(EVENT));
    await extend(join(job.dir, FILES.log), withoutEvents(whole));
    await extend(join(job.dir, FILES.events), events.map((line) => `${line.slice(EVENT.length)}\n`).join(''));
  }
}

/** Appends what a file lacks of a text that only grows. */
async function extend(path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const there = (await ifExists(stat(path)))?.size ?? 0;
  if (bytes.length > there) await writeFile(path, bytes.subarray(there), { flag: 'a' });
}
