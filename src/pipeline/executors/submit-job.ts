import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { writeError } from '../../files/fs-errors.js';
import { mapLimited } from '../../util/concurrency.js';
import { messageOf } from '../../util/errors.js';
import { type Clock, realClock } from './clock.js';
import type { Attempt, JobRecord } from './job-folder.js';
import { jobScript } from './job-script.js';
import { type Job, type Scheduler, SchedulerUnavailable } from './scheduler.js';
import type { Element } from './shards/element.js';

export interface SubmitTimes {
  /** How long a submission whose answer was lost is looked for before the job is submitted again. */
  graceMs: number;
  /** The first and the longest pause before a scheduler that does not answer is asked again. */
  pauseMs: [first: number, last: number];
}

/** How many jobs are being submitted at the same time. */
const AT_ONCE = 4;
interface Batch {
  members: { attempt: Attempt; index: number }[];
  id: Promise<string>;
}

/**
 * Submits jobs so that each is there once, whatever happens to this process or to the scheduler's answers.
 */
export class Submitter {
  readonly #queue = new PQueue({ concurrency: AT_ONCE });
  readonly #batches = new Map<string, Batch>();
  readonly #finding = new Map<string, Promise<string | undefined>>();
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
   * The id of an attempt's job: the one that is known, the one that was submitted by a process that has died,
   * or a new one. Rejects with the signal's reason if that is aborted while the scheduler does not answer.
   *
   * @param element How it is submitted together with others that come at the same time, if it may be.
   */
  async idOf(
    attempt: Attempt,
    job: Omit<Job, 'name'>,
    name: string,
    signal: AbortSignal,
    element?: Element,
  ): Promise<string> {
    const before = await attempt.record();
    const id = before?.id ?? (before && (await this.#findEarlier(attempt, before, signal)));
    if (id !== undefined) {
      element?.joined();
      if (before?.id === undefined) await attempt.write('job', { ...before, id });
      return id;
    }
    if (element !== undefined && this.scheduler.arrays !== undefined)
      return this.#inArray(attempt, job, name, signal, element);
    const record = before ?? (await this.#record(job, name, signal));
    const send = async () => {
      await attempt.write('job', record);
      return this.scheduler.submit({ ...job, name: record.name });
    };
    const made = await this.#submit([attempt], send, record.name, signal);
    await attempt.write('job', { ...record, id: made });
    return made;
  }

  async #record(
    { resources: { memory } }: Omit<Job, 'name'>,
    name: string,
    signal: AbortSignal,
  ): Promise<JobRecord> {
    const cluster = await this.cluster(signal);
    return {
      format: 1,
      executor: this.scheduler.name,
      ...(cluster !== undefined && { cluster }),
      ...(this.profile !== undefined && { profile: this.profile }),
      name,
      ...(memory !== undefined && { memory }),
    };
  }

  /** The id of a job that a process which has died may have submitted. All elements of an array ask once. */
  async #findEarlier(
    attempt: Attempt,
    { name, element }: JobRecord,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const finding = this.#finding.get(name) ?? this.#find([attempt], name, signal);
    this.#finding.set(name, finding);
    const id = await finding;
    return id === undefined || element === undefined ? id : this.scheduler.arrays!.element(id, element);
  }

  async #inArray(
    attempt: Attempt,
    job: Omit<Job, 'name'>,
    name: string,
    signal: AbortSignal,
    element: Element,
  ): Promise<string> {
    const key = JSON.stringify([element.command, job.resources]);
    let batch = this.#batches.get(key);
    if (batch === undefined) {
      const made: Batch = { members: [], id: Promise.resolve('') };
      this.#batches.set(key, made);
      made.id = element.gathering.complete().then(() => {
        this.#batches.delete(key);
        return this.#sendArray(made, job, name, signal, element);
      });
      batch = made;
    }
    const { index } = element;
    batch.members.push({ attempt, index });
    element.joined();
    const id = this.scheduler.arrays!.element(await batch.id, index);
    await attempt.write('job', { ...(await attempt.record())!, id });
    return id;
  }

  async #sendArray(
    { members }: Batch,
    job: Omit<Job, 'name'>,
    name: string,
    signal: AbortSignal,
    { folder, command, log, setup }: Element,
  ): Promise<string> {
    const { index, submit } = this.scheduler.arrays!;
    const script = join(folder, `${name}.sh`);
    await writeFile(script, jobScript(setup, command, index), { mode: 0o755 }).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    const record = await this.#record(job, name, signal);
    const indices = members.map((each) => each.index).sort((a, b) => a - b);
    const array = { ...job, name, command, log, script, indices };
    const attempts = members.map(({ attempt }) => attempt);
    const send = async () => {
      await mapLimited(members, 8, ({ attempt, index: element }) =>
        attempt.write('job', { ...record, element }),
      );
      return submit.call(this.scheduler.arrays, array);
    };
    return this.#submit(attempts, send, name, signal);
  }

  async #submit(
    attempts: readonly Attempt[],
    send: () => Promise<string>,
    name: string,
    signal: AbortSignal,
  ): Promise<string> {
    let [pause] = this.times.pauseMs;
    for (;;) {
      try {
        const id = await this.#queue.add(() => {
          signal.throwIfAborted();
          // Its records are written now, and not earlier: whoever finds one has to ask whether there is such
          // a job.
          return send();
        });
        this.#isDown = false;
        return id;
      } catch (error) {
        if (!(error instanceof SchedulerUnavailable)) {
          await close(attempts, signal.aborted ? 'the run was cancelled' : 'it was refused');
          throw error;
        }
        if (!this.#isDown)
          this.warn(
            `${this.scheduler.name} takes no jobs: ${messageOf(error)}\n  They are submitted once it does.`,
          );
        this.#isDown = true;
      }
      await this.#rest(pause, attempts, signal);
      pause = Math.min(pause * 1.5, this.times.pauseMs[1]);
      // It may have taken the job without saying so.
      const found = await this.#find(attempts, name, signal);
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
  async #find(attempts: readonly Attempt[], name: string, signal: AbortSignal): Promise<string | undefined> {
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
      await this.#rest(pause, attempts, signal);
      pause = Math.min(pause * 1.5, this.times.pauseMs[1]);
    }
  }

  async #rest(ms: number, attempts: readonly Attempt[], signal: AbortSignal): Promise<void> {
    // All jobs of a run have the same one.
    setMaxListeners(0, signal);
    await this.clock.sleep(ms, signal).catch(() => undefined);
    if (!signal.aborted) return;
    await close(attempts, 'the run was cancelled before the job was submitted');
    signal.throwIfAborted();
  }
}

async function close(attempts: readonly Attempt[], why: string): Promise<void> {
  await mapLimited(attempts, 8, (attempt) => attempt.close(why));
}
