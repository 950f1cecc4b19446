import { join, relative } from 'node:path';
import PQueue from 'p-queue';
import { makeFolder } from '../../files/make-folder.js';
import { objectsOf } from '../../stage/artifact.js';
import type { Shard } from '../../stage/stage-type.js';
import { quoted } from '../../util/shell-word.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { Executor, StageWork, WorkListener } from '../run/executor.js';
import { isAbort } from '../run/is-abort.js';
import type { StageOutput } from '../run/stage-task.js';
import type { Clock } from './clock.js';
import { Following, type FollowTimes, type Unended } from './following.js';
import { type JobEnd, Judge, type Patience } from './job-end.js';
import { type Attempt, JobFolder, type JobRecord, writeWhole } from './job-folder.js';
import { jobName } from './job-name.js';
import { jobScript } from './job-script.js';
import { JobWatch, type WatchTimes } from './job-watch.js';
import type { JobResources, Scheduler } from './scheduler.js';
import { computeShards } from './shards/compute-shards.js';
import { type Element, elementOf } from './shards/element.js';
import { Gathering } from './shards/gathering.js';
import { allFolders, shardCount, shardsFolder } from './shards/shard-count.js';
import { type SubmitTimes, Submitter } from './submit-job.js';
import { FILES, type ShardFile, type TaskFile } from './task-file.js';

/** A shard of a stage. */
interface Part {
  shard: Shard;
  /** Aborted once another one has failed. */
  failed: AbortSignal;
  /** Of all shards of the stage. */
  gathering: Gathering;
  report: WorkListener['onLog'];
}

export type JobTimes = WatchTimes & FollowTimes & SubmitTimes;

export interface JobExecutorOptions extends Omit<Patience, 'logs' | 'shard'> {
  scheduler: Scheduler;
  cache: Pick<DiskCache, 'dir' | 'objects'>;
  /** The id of the engine in fingerprints. */
  engineId: string;
  /** Number of jobs that may be there at the same time. */
  maxJobs?: number;
  resourcesOf(stage: PipelineStage): JobResources;
  /** Lines of the script before the command. */
  setup: readonly string[];
  /** How Etude is called where jobs run: a program and its first arguments. */
  etude: readonly string[];
  times: JobTimes;
  /** What becomes of the jobs of a run that is cancelled. Called once. */
  onInterrupt(): Promise<'leave' | 'cancel'>;
  warn(text: string): void;
  /** The name of the profile, for those who find its jobs. */
  profile?: string;
  /** Where the attempts at a fingerprint are. Default: in the cache folder. */
  folderOf?(fingerprint: string): Pick<JobFolder, 'current' | 'begin'>;
  /** Default: time as it passes. */
  clock?: Clock;
}

/**
 * Computes stages as jobs of a scheduler. What happens is written down in the cache folder before it happens:
 * a run that takes the place of one that has died finds its jobs, and goes on watching them.
 */
export class JobExecutor implements Executor {
  readonly #o: JobExecutorOptions;
  readonly #watch: JobWatch;
  readonly #submitter: Submitter;
  readonly #slots: PQueue;
  #choice: Promise<'leave' | 'cancel'> | undefined;

  constructor(options: JobExecutorOptions) {
    this.#o = options;
    const { scheduler, times, warn, clock, profile } = options;
    this.#watch = new JobWatch(scheduler, times, warn, clock);
    this.#submitter = new Submitter(scheduler, times, warn, clock, profile);
    this.#slots = new PQueue({ concurrency: options.maxJobs ?? Infinity });
  }

  async run(work: StageWork, listener: WorkListener, here?: Executor): Promise<StageOutput> {
    const { scheduler, cache } = this.#o;
    const place = { cacheDir: cache.dir, executor: scheduler.name };
    const count = await shardCount(work, this.#o.resourcesOf(work.stage), place);
    if (count === 1) return this.#inTurn(work, listener);
    const folder = shardsFolder(work.fingerprint, count);
    await makeFolder(join(cache.dir, folder));
    const task: TaskFile = {
      ...this.#taskFile(work, this.#o.resourcesOf(work.stage)),
      readsOwnChunks: isChunkByChunk(work),
    };
    await writeWhole(join(cache.dir, folder, FILES.task), JSON.stringify(task));
    const gathering = new Gathering();
    const made = await computeShards(count, listener, folder, (shard, each, failed) =>
      this.#inTurn(work, each, { shard, failed, gathering, report: listener.onLog }),
    );
    if ('type' in made) return made;
    const { chunks, rowsComputed, seconds } = made;
    const whole = { ...work, task: { ...work.task, chunks } };
    const began = performance.now();
    // All that is left is to list the chunks.
    const output =
      here !== undefined && isChunkByChunk(work)
        ? await here.run(whole, listener)
        : await this.#inTurn(whole, listener);
    if (output.type !== 'success') return output;
    return {
      ...output,
      ...(output.rowsComputed !== undefined && { rowsComputed: output.rowsComputed + rowsComputed }),
      seconds: seconds + (output.seconds ?? (performance.now() - began) / 1000),
    };
  }

  /** Computes a stage, or a shard of it, once there may be another job. */
  #inTurn(work: StageWork, listener: WorkListener, part?: Part): Promise<StageOutput> {
    return this.#slots.add(async () =>
      listener.signal.aborted ? { type: 'aborted', because: 'cancelled' } : this.#one(work, listener, part),
    );
  }

  async #one(work: StageWork, listener: WorkListener, part?: Part): Promise<StageOutput> {
    const { scheduler, retries, memoryFactor } = this.#o;
    const folder = this.#folderOf(work.fingerprint, part?.shard);
    const shard = part?.shard.index;
    const say = part?.report ?? listener.onLog;
    const option = shard === undefined ? '' : ` --shard ${shard}`;
    const logs = `etude logs ${quoted(relative('', work.task.recipe))} ${quoted(work.stage.id)}${option}`;
    const judge = new Judge(scheduler.name, { retries, memoryFactor, logs, shard });
    let joined = part?.gathering.expect();
    try {
      let attempt = await this.#earlier(folder, say, listener.signal);
      let memory: number | undefined;
      for (;;) {
        attempt ??= await folder.begin();
        const end = await this.#compute(attempt, work, listener, { memory, part, joined });
        joined?.();
        if ('because' in end) return { type: 'aborted', ...end };
        const verdict = this.#isWhole(end)
          ? judge.judge(end)
          : ({ type: 'again', why: 'the objects of its result are gone', memory: end.memory } as const);
        if (verdict.type === 'output') {
          // Another shard's failure may be what the run reports: the next run is to compute this one again.
          if (part !== undefined && verdict.output.type === 'failed') await attempt.take();
          return verdict.output;
        }
        if (verdict.type === 'failed') {
          await attempt.close(verdict.error.message);
          throw verdict.error;
        }
        joined = part?.gathering.expect();
        await attempt.take();
        await attempt.close(verdict.why);
        say('info', `${verdict.why}: trying again`);
        memory = verdict.memory;
        attempt = undefined;
      }
    } finally {
      joined?.();
    }
  }

  async settled({ fingerprint }: StageWork): Promise<void> {
    const { dir } = this.#o.cache;
    await (await this.#folderOf(fingerprint).current())?.take();
    for (const folder of await allFolders(dir, fingerprint)) await (await folder.current())?.take();
  }

  /**
   * The attempt that another run has left, unless its job is another scheduler's, or another cluster's, where
   * ids mean other jobs.
   */
  async #earlier(
    folder: Pick<JobFolder, 'current'>,
    say: WorkListener['onLog'],
    signal: AbortSignal,
  ): Promise<Attempt | undefined> {
    const attempt = await folder.current();
    const record = await attempt?.record();
    const { name } = this.#o.scheduler;
    if (attempt === undefined || record === undefined) return attempt;
    if ((await attempt.result())?.output.type === 'success') return attempt;
    const cluster = record.executor === name ? await this.#clusterFor(record, signal) : undefined;
    if (record.executor === name && cluster === record.cluster) return attempt;
    const where = record.cluster === undefined ? record.executor : `${record.executor} (${record.cluster})`;
    const here = cluster === undefined ? '' : `: this run's is ${cluster}`;
    say('info', `job ${record.id ?? record.name} of ${where} is not watched any more${here}`);
    await attempt.close(`given to ${cluster ?? name}`);
    return undefined;
  }

  /** The cluster of this run; that of a record, if one of the two is not known. */
  async #clusterFor({ cluster }: JobRecord, signal: AbortSignal): Promise<string | undefined> {
    if (cluster === undefined) return undefined;
    const here = this.#submitter.cluster(signal).catch((error: unknown) => {
      if (!isAbort(error)) throw error;
    });
    return (await here) ?? cluster;
  }

  /** One attempt, from its submission, or from where another run left it, to its end. */
  async #compute(
    attempt: Attempt,
    work: StageWork,
    listener: WorkListener,
    { memory, part, joined }: { memory?: number; part?: Part; joined?: () => void } = {},
  ): Promise<JobEnd | Unended> {
    const { scheduler, times, etude, setup } = this.#o;
    const record = await attempt.record();
    const command = [...etude, 'exec-task', attempt.path('task')];
    const asked = this.#o.resourcesOf(work.stage);
    const resources = { ...asked, memory: memory ?? record?.memory ?? asked.memory };
    if (record === undefined) {
      const shardFile: ShardFile | undefined = part && { format: 1, shard: part.shard };
      await attempt.write('task', shardFile ?? this.#taskFile(work, resources));
      await attempt.writeScript(jobScript(setup, command));
    }
    const following = new Following(attempt, {
      watch: this.#watch,
      executor: scheduler.name,
      times,
      listener,
      isShard: part !== undefined,
      logs: scheduler.logs && ((id) => scheduler.logs!(id)),
      choose: async () => (part?.failed.aborted ? 'cancel' : this.#choose()),
      clock: this.#o.clock,
    });
    // It may have ended while nobody watched.
    const result = await attempt.result();
    if (result !== undefined && result.output.type !== 'aborted')
      return { id: record?.id, result, step: 0, memory: resources.memory, lines: [] };
    following.note('submitting');
    let id: string;
    try {
      const job = {
        command,
        script: attempt.path('script'),
        cwd: process.cwd(),
        log: attempt.path('log'),
        resources,
        about: { stage: work.stage.id, fingerprint: work.fingerprint },
      };
      const element = part && this.#element(work, attempt, part, joined);
      const isAlone = element === undefined || scheduler.arrays === undefined;
      const name = jobName(work, attempt.number, isAlone ? part?.shard.index : undefined);
      id = await this.#submitter.idOf(attempt, job, name, listener.signal, element);
    } catch (error) {
      if (listener.signal.aborted && isAbort(error)) return { because: 'cancelled' };
      throw error;
    }
    const end = await following.end(id);
    return 'because' in end ? end : { ...end, memory: resources.memory };
  }

  #element(
    { fingerprint }: StageWork,
    { number }: Attempt,
    { shard: { index, count }, gathering }: Part,
    joined = () => {},
  ): Element {
    const { cache, etude, setup } = this.#o;
    const folder = join(cache.dir, shardsFolder(fingerprint, count));
    return elementOf(folder, number, { index, etude, setup, gathering, joined });
  }

  #taskFile({ task, fingerprint, stage }: StageWork, { cpus }: JobResources): TaskFile {
    const engine = stage.type.usesEngine ? { engineId: this.#o.engineId } : {};
    return { format: 1, fingerprint, task, ...engine, ...(cpus !== undefined && { cpus }) };
  }

  /**
   * Whether the objects of a result are there: garbage collection may have come before the run that needs
   * them.
   */
  #isWhole({ result }: JobEnd): boolean {
    if (result?.output.type !== 'success') return true;
    const { artifact, chunks = {} } = result.output;
    const refs = Object.values(chunks).flatMap(({ columns }) => Object.values(columns));
    return [...objectsOf(artifact), ...refs].every((ref) => this.#o.cache.objects.has(ref));
  }

  #folderOf(fingerprint: string, shard?: Shard): Pick<JobFolder, 'current' | 'begin'> {
    const own = shard === undefined ? this.#o.folderOf?.(fingerprint) : undefined;
    return own ?? new JobFolder(this.#o.cache.dir, fingerprint, shard);
  }

  #choose(): Promise<'leave' | 'cancel'> {
    this.#choice ??= this.#o.onInterrupt();
    return this.#choice;
  }
}

/** Whether each chunk of a stage's result is made of one chunk of its only input, and of nothing else. */
function isChunkByChunk({ stage, task }: StageWork): boolean {
  const { chunkwise = false, usesEngine = false } = stage.type;
  return chunkwise && !usesEngine && Object.keys(task.inputs).length === 1;
}
