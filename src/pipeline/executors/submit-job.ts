import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import { messageOf } from '../../util/errors.js';
import { type Clock, realClock } from './clock.js';
import type { Attempt, JobRecord } from './job-folder.js';
import { type Job, type Scheduler, SchedulerUnavailable } from './scheduler.js';

export interface SubmitTimes {
  /** How long a submission whose answer was lost is looked for before the job is submitted again. */
  graceMs: number;
  /** The first and the longest pause before a scheduler that does not answer is asked again. */
  pauseMs: [first: number, last: number];
}

/** How many jobs are being submitted at the same time. */
const AT_ONCE = 4;

/** Submits jobs so that each is there once, whatever happens to this process or to the scheduler's answers. */
export class Submitter {
  readonly #queue = new PQueue({ concurrency: AT_ONCE });
  #isDown = false;
  #cluster: Promise<string | undefined> | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly times: SubmitTimes,
    private readonly warn: (text: string) => void,
    private readonly clock: Clock = realClock,
    /** The profile that is in its records. */
    private readonly profile?: string,
  ) {}

  /**
   * The id of an attempt's job: the one that is known, the one that was submitted by a process that has died, or a
   * new one. Rejects with the signal's reason if that is aborted while the scheduler does not answer.
   */
  async idOf(attempt: Attempt, job: Omit<Job, 'name'>, name: string, signal: AbortSignal): Promise<string> {
    const before = await attempt.record();
    if (before?.id !== undefined) return before.id;
    const cluster = await this.cluster(signal);
    const record: JobRecord = before ?? {
      format: 1,
      executor: this.scheduler.name,
      ...(cluster !== undefined && { cluster }),
      ...(this.profile !== undefined && { profile: this.profile }),
      name,
      ...(job.resources.memory !== undefined && { memory: job.resources.memory }),
    };
    const id =
      (before && (await this.#find(attempt, record.name, signal))) ??
      (await this.#submit(attempt, record, { ...job, name: record.name }, signal));
    await attempt.write('job', { ...record, id });
    return id;
  }

  async #submit(attempt: Attempt, record: JobRecord, job: Job, signal: AbortSignal): Promise<string> {
    let [pause] = this.times.pauseMs;
    for (;;) {
      try {
        const id = await this.#queue.add(async () => {
          signal.throwIfAborted();
          // Not earlier: whoever finds it has to ask whether there is such a job.
          await attempt.write('job', record);
          return this.scheduler.submit(job);
        });
        this.#isDown = false;
        return id;
      } catch (error) {
        if (!(error instanceof SchedulerUnavailable)) {
          await attempt.close(signal.aborted ? 'the run was cancelled' : 'it was refused');
          throw error;
        }
        if (!this.#isDown)
          this.warn(
            `${this.scheduler.name} takes no jobs: ${messageOf(error)}\n  They are submitted once it does.`,
          );
        this.#isDown = true;
      }
      await this.#rest(pause, attempt, signal);
      pause = Math.min(pause * 1.5, this.times.pauseMs[1]);
      // It may have taken the job without saying so.
      const found = await this.#find(attempt, job.name, signal);
      if (found !== undefined) return found;
    }
  }

  /** Which cluster jobs go to; asked for until there is an answer. */
  cluster(signal: AbortSignal): Promise<string | undefined> {
    this.#cluster ??= this.#askCluster(signal);
    return this.#cluster;
  }

  async #askCluster(signal: AbortSignal): Promise<string | undefined> {
    let [pause] = this.times.pauseMs;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await this.scheduler.cluster?.();
      } catch (error) {
        if (!(error instanceof SchedulerUnavailable)) throw error;
        if (isFirst)
          this.warn(`${this.scheduler.name} does not answer, and is asked again: ${messageOf(error)}`);
      }
      await this.clock.sleep(pause, signal);
      pause = Math.min(pause * 1.5, this.times.pauseMs[1]);
    }
  }

  /** The id of a job that may have been submitted, by its name; asked for until the answer can be trusted. */
  async #find(attempt: Attempt, name: string, signal: AbortSignal): Promise<string | undefined> {
    const { scheduler } = this;
    let [pause] = this.times.pauseMs;
    const began = this.clock.now();
    for (;;) {
      try {
        const found = await scheduler.find?.(name);
        if (found !== undefined) return found;
        if (this.clock.now() - began >= this.times.graceMs) return undefined;
      } catch (error) {
        if (!(error instanceof SchedulerUnavailable)) throw error;
      }
      await this.#rest(pause, attempt, signal);
      pause = Math.min(pause * 1.5, this.times.pauseMs[1]);
    }
  }

  async #rest(ms: number, attempt: Attempt, signal: AbortSignal): Promise<void> {
    // All jobs of a run have the same one.
    setMaxListeners(0, signal);
    await this.clock.sleep(ms, signal).catch(() => undefined);
    if (!signal.aborted) return;
    await attempt.close('the run was cancelled before the job was submitted');
    signal.throwIfAborted();
  }
}
