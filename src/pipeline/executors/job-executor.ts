import { relative } from 'node:path';
import { objectsOf } from '../../stage/artifact.js';
import { quoted } from '../../util/shell-word.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { Executor, StageWork, WorkListener } from '../run/executor.js';
import { isAbort } from '../run/is-abort.js';
import type { StageOutput } from '../run/stage-task.js';
import type { Clock } from './clock.js';
import { Following, type FollowTimes } from './following.js';
import { type JobEnd, Judge, type Patience } from './job-end.js';
import { type Attempt, JobFolder, type JobRecord } from './job-folder.js';
import { jobName } from './job-name.js';
import { jobScript } from './job-script.js';
import { JobWatch, type WatchTimes } from './job-watch.js';
import type { JobResources, Scheduler } from './scheduler.js';
import { type SubmitTimes, Submitter } from './submit-job.js';
import type { TaskFile } from './task-file.js';

export type JobTimes = WatchTimes & FollowTimes & SubmitTimes;

export interface JobExecutorOptions extends Omit<Patience, 'logs'> {
  scheduler: Scheduler;
  cache: Pick<DiskCache, 'dir' | 'objects'>;
  /** The id of the engine in fingerprints. */
  engineId: string;
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
 * Computes stages as jobs of a scheduler. What happens is written down in the cache folder before it happens: a run
 * that takes the place of one that has died finds its jobs, and goes on watching them.
 */
export class JobExecutor implements Executor {
  readonly #o: JobExecutorOptions;
  readonly #watch: JobWatch;
  readonly #submitter: Submitter;
  #choice: Promise<'leave' | 'cancel'> | undefined;

  constructor(options: JobExecutorOptions) {
    this.#o = options;
    const { scheduler, times, warn, clock, profile } = options;
    this.#watch = new JobWatch(scheduler, times, warn, clock);
    this.#submitter = new Submitter(scheduler, times, warn, clock, profile);
  }

  async run(work: StageWork, listener: WorkListener): Promise<StageOutput> {
    const { scheduler, retries, memoryFactor } = this.#o;
    const folder = this.#folderOf(work.fingerprint);
    const logs = `etude logs ${quoted(relative('', work.task.recipe))} ${quoted(work.stage.id)}`;
    const judge = new Judge(scheduler.name, { retries, memoryFactor, logs });
    let attempt = await this.#earlier(folder, listener);
    let memory: number | undefined;
    for (;;) {
      attempt ??= await folder.begin();
      const end = await this.#compute(attempt, work, listener, memory);
      if ('because' in end) return { type: 'aborted', because: end.because };
      const verdict = this.#isWhole(end)
        ? judge.judge(end)
        : ({ type: 'again', why: 'the objects of its result are gone', memory: end.memory } as const);
      if (verdict.type === 'output') return verdict.output;
      if (verdict.type === 'failed') {
        await attempt.close(verdict.error.message);
        throw verdict.error;
      }
      await attempt.take();
      await attempt.close(verdict.why);
      listener.onLog('info', `${verdict.why}: trying again`);
      memory = verdict.memory;
      attempt = undefined;
    }
  }

  async settled({ fingerprint }: StageWork): Promise<void> {
    const attempt = await this.#folderOf(fingerprint).current();
    await attempt?.take();
  }

  /**
   * The attempt that another run has left, unless its job is another scheduler's, or another cluster's, where ids mean
   * other jobs.
   */
  async #earlier(folder: Pick<JobFolder, 'current'>, listener: WorkListener): Promise<Attempt | undefined> {
    const attempt = await folder.current();
    const record = await attempt?.record();
    const { name } = this.#o.scheduler;
    if (attempt === undefined || record === undefined) return attempt;
    if ((await attempt.result())?.output.type === 'success') return attempt;
    const cluster = record.executor === name ? await this.#clusterFor(record, listener) : undefined;
    if (record.executor === name && cluster === record.cluster) return attempt;
    const where = record.cluster === undefined ? record.executor : `${record.executor} (${record.cluster})`;
    const here = cluster === undefined ? '' : `: this run's is ${cluster}`;
    listener.onLog('info', `job ${record.id ?? record.name} of ${where} is not watched any more${here}`);
    await attempt.close(`given to ${cluster ?? name}`);
    return undefined;
  }

  /** The cluster of this run; that of a record, if one of the two is not known. */
  async #clusterFor({ cluster }: JobRecord, { signal }: WorkListener): Promise<string | undefined> {
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
    memory?: number,
  ): Promise<JobEnd | { because: string }> {
    const { scheduler, times, etude, setup } = this.#o;
    const record = await attempt.record();
    const command = [...etude, 'exec-task', attempt.path('task')];
    const asked = this.#o.resourcesOf(work.stage);
    const resources = { ...asked, memory: memory ?? record?.memory ?? asked.memory };
    if (record === undefined) {
      await attempt.write('task', this.#taskFile(work, resources));
      await attempt.writeScript(jobScript(setup, command));
    }
    const following = new Following(attempt, {
      watch: this.#watch,
      executor: scheduler.name,
      times,
      listener,
      logs: scheduler.logs && ((id) => scheduler.logs!(id)),
      choose: () => this.#choose(),
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
      id = await this.#submitter.idOf(attempt, job, jobName(work, attempt.number), listener.signal);
    } catch (error) {
      if (listener.signal.aborted && isAbort(error)) return { because: 'cancelled' };
      throw error;
    }
    const end = await following.end(id);
    return 'because' in end ? end : { ...end, memory: resources.memory };
  }

  #taskFile({ task, fingerprint, stage }: StageWork, { cpus }: JobResources): TaskFile {
    const engine = stage.type.usesEngine ? { engineId: this.#o.engineId } : {};
    return { format: 1, fingerprint, task, ...engine, ...(cpus !== undefined && { cpus }) };
  }

  /** Whether the objects of a result are there: garbage collection may have come before the run that needs them. */
  #isWhole({ result }: JobEnd): boolean {
    if (result?.output.type !== 'success') return true;
    return objectsOf(result.output.artifact).every((ref) => this.#o.cache.objects.has(ref));
  }

  #folderOf(fingerprint: string): Pick<JobFolder, 'current' | 'begin'> {
    return this.#o.folderOf?.(fingerprint) ?? new JobFolder(this.#o.cache.dir, fingerprint);
  }

  #choose(): Promise<'leave' | 'cancel'> {
    this.#choice ??= this.#o.onInterrupt();
    return this.#choice;
  }
}
