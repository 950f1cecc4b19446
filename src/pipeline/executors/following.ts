import { setMaxListeners } from 'node:events';
import type { JobNote, WorkListener } from '../run/executor.js';
import type { StageOutput } from '../run/stage-task.js';
import { type Clock, realClock } from './clock.js';
import type { Events } from './follow-events.js';
import { goingOn } from './going-on.js';
import type { JobEnd } from './job-end.js';
import type { Attempt } from './job-folder.js';
import type { JobWatch } from './job-watch.js';
import type { TaskResult } from './task-file.js';

/**
 * How long a scheduler may take to end a job whose process has stopped: Slurm's COMPLETING. Only then does it
 * say why the job was stopped.
 */
const ENDING_MS = 300_000;

export interface FollowTimes {
  /** Between two looks at a job's files. */
  lookMs: number;
  /** How long a job's files are looked for after the scheduler said that it has ended. */
  graceMs: number;
  /** How long a cancelled job may take to save its state. */
  patienceMs: number;
}

export interface FollowOptions {
  watch: Pick<JobWatch, 'add' | 'remove' | 'statusOf' | 'cancel'>;
  executor: string;
  times: FollowTimes;
  listener: WorkListener;
  /** Whether it is one of several jobs that divide a stage. */
  isShard?: boolean;
  /** What a job has printed, if its scheduler keeps that itself. */
  logs?(id: string): Promise<string>;
  /** What becomes of the job if the run is cancelled. */
  choose(): Promise<'leave' | 'cancel'>;
  clock?: Clock;
}

/** Of a run that was cancelled: what it reports about the stage of a job. */
export type Unended = Pick<Extract<StageOutput, { type: 'aborted' }>, 'left'> & { because: string };

/** Follows one job to its end. */
export class Following {
  readonly #events: Events;
  readonly #clock: Clock;
  #noted = '';
  #wasRunning = false;

  constructor(
    private readonly attempt: Attempt,
    private readonly o: FollowOptions,
  ) {
    this.#events = attempt.events(o.listener, o.isShard);
    this.#clock = o.clock ?? realClock;
  }

  /** Reports a state of the job, if it is new. */
  note(state: JobNote['state'], job?: string, reason?: string): void {
    const why = state === 'queued' ? reason : undefined;
    const text = `${state} ${job} ${why}`;
    if (text === this.#noted) return;
    this.#noted = text;
    const { executor, listener } = this.o;
    const { number, shown } = this.attempt;
    const note: JobNote = { executor, state, attempt: number, folder: shown };
    if (job !== undefined) note.job = job;
    if (why !== undefined) note.reason = why;
    listener.onJob(note);
  }

  /** How the job ended; or, if the run was cancelled, what the run reports about its stage. */
  async end(id: string): Promise<JobEnd | Unended> {
    const { watch } = this.o;
    watch.add(id);
    try {
      return await this.#follow(id);
    } finally {
      watch.remove(id);
    }
  }

  async #follow(id: string): Promise<JobEnd | Unended> {
    const { watch, times, listener } = this.o;
    const gone = new Gone(times.graceMs, this.#clock);
    let cancelled: number | undefined;
    for (;;) {
      await this.#events.read();
      const result = await this.attempt.result();
      const status = watch.statusOf(id);
      this.#noteStatus(id);
      const state = typeof status === 'object' ? status.state : status;
      if (state === 'hopeless') {
        await watch.cancel(id);
        // Not what the scheduler says of it since.
        return { ...(await this.#ended(id)), status };
      }
      const isGone = state !== undefined && state !== 'queued' && state !== 'running';
      if (cancelled === undefined && result !== undefined && (isGone || result.output.type !== 'aborted'))
        return this.#ended(id, result);
      if (cancelled !== undefined) {
        if (result !== undefined && result.output.type !== 'aborted') return this.#ended(id, result);
        const isOver = result !== undefined || isGone || listener.kill.aborted;
        if (isOver || this.#clock.now() - cancelled > times.patienceMs) return this.#afterCancel();
      } else if (listener.signal.aborted) {
        const choice = await Promise.race([this.o.choose(), aborted(listener.kill)]);
        if (choice === 'leave') {
          const { executor } = this.o;
          return { because: goingOn([id], executor), left: { id, executor } };
        }
        await watch.cancel(id);
        cancelled = this.#clock.now();
      } else if (await gone.isCertain(isGone || result !== undefined, this.attempt, isGone))
        return this.#ended(id, result);
      await this.#clock.sleep(times.lookMs);
    }
  }

  #noteStatus(id: string): void {
    const status = this.o.watch.statusOf(id);
    const said = typeof status === 'object' ? status : undefined;
    // A job that runs again from the start, after its node was lost.
    if (said?.state === 'queued' && this.#wasRunning) this.#events.started = false;
    this.#wasRunning = said?.state === 'running';
    const runs = this.#events.started || this.#wasRunning;
    // One that has ended waits no more, even if nobody saw it run.
    if (!runs && said !== undefined && said.state !== 'queued' && said.state !== 'hopeless') return;
    this.note(runs ? 'running' : 'queued', id, said?.reason);
  }

  async #afterCancel(): Promise<Unended> {
    await this.attempt.close('cancelled');
    return { because: 'cancelled; what was finished is kept' };
  }

  /** Of its log, which some schedulers keep themselves. */
  async #lastLines(id: string): Promise<string[]> {
    const there = await this.attempt.lastLines();
    const kept = there.length > 0 ? undefined : await this.o.logs?.(id).catch(() => undefined);
    if (kept === undefined) return there;
    await this.attempt.keepLog(kept);
    return this.attempt.lastLines();
  }

  async #ended(id: string, found?: TaskResult): Promise<JobEnd> {
    const { watch } = this.o;
    await this.#events.read();
    const result = found ?? (await this.attempt.result());
    const lines = await this.#lastLines(id);
    return { id, result, status: watch.statusOf(id), step: this.#events.step, lines };
  }
}

/**
 * When a job without a result has really gone: the scheduler has said so for a while, nothing shows that it
 * is alive, and the folder was read anew.
 */
class Gone {
  #since: number | undefined;
  #heartbeat = 0;
  #looked = false;

  constructor(
    private readonly graceMs: number,
    private readonly clock: Clock,
  ) {}

  /** `isSaid`: by the scheduler, and not by the result of a job that has stopped. */
  async isCertain(seems: boolean, attempt: Attempt, isSaid: boolean): Promise<boolean> {
    const heartbeat = await attempt.heartbeat();
    if (!seems || heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat;
      this.#since = seems ? this.clock.now() : undefined;
      this.#looked = false;
      return false;
    }
    this.#since ??= this.clock.now();
    const waited = this.clock.now() - this.#since;
    if (waited < (isSaid ? this.graceMs : Math.max(this.graceMs, ENDING_MS))) return false;
    if (this.#looked) return true;
    await attempt.lookAgain();
    this.#looked = true;
    return false;
  }
}

async function aborted(signal: AbortSignal): Promise<'cancel'> {
  // All jobs of a run have the same one.
  setMaxListeners(0, signal);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return 'cancel';
}
