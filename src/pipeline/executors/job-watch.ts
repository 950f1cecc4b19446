import { messageOf } from '../../util/errors.js';
import { type Clock, realClock } from './clock.js';
import { type JobStatus, type Scheduler, SchedulerUnavailable } from './scheduler.js';

export interface WatchTimes {
  /** Between two questions while something changes. */
  pollMs: number;
  /** The longest pause between two questions. */
  mostMs: number;
}

/** Questions without an answer before a warning. */
const PATIENCE = 3;
/** How long ids are collected before they are cancelled together. */
const GATHER_MS = 50;

/** A job's state; `unknown`: the scheduler does not know it. */
export type Watched = JobStatus | 'unknown' | undefined;

/**
 * Watches all jobs of a run with one question every few seconds, and less often while nothing changes. A
 * scheduler that does not answer is asked again, for as long as there are jobs.
 */
export class JobWatch {
  readonly #ids = new Map<string, Watched>();
  readonly #cancelled = new Set<string>();
  #asking = false;
  #wake = new AbortController();
  /** Whether it rests for longer than usual. */
  #isLong = false;
  #unanswered = 0;
  #cancelling: Promise<void> | undefined;

  constructor(
    private readonly scheduler: Pick<Scheduler, 'name' | 'status' | 'cancel'>,
    private readonly times: WatchTimes,
    private readonly warn: (text: string) => void,
    private readonly clock: Clock = realClock,
  ) {}

  /** Watches a job from now on. */
  add(id: string): void {
    this.#ids.set(id, undefined);
    if (this.#isLong) this.#wake.abort();
    if (!this.#asking) void this.#ask();
  }

  remove(id: string): void {
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.#wake.abort();
  }

  /** What the last answer said of a job; `undefined` if there was none since it was added. */
  statusOf(id: string): Watched {
    return this.#ids.get(id);
  }

  /** Cancels a job, together with those that are cancelled at the same time. */
  cancel(id: string): Promise<void> {
    this.#cancelled.add(id);
    this.#cancelling ??= this.clock.sleep(GATHER_MS).then(async () => {
      this.#cancelling = undefined;
      const ids = [...this.#cancelled];
      this.#cancelled.clear();
      await this.scheduler.cancel(ids).catch((error: unknown) => {
        this.warn(`${ids.join(', ')} could not be cancelled: ${messageOf(error)}`);
      });
    });
    return this.#cancelling;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    let pause = this.times.pollMs;
    for (;;) {
      await this.#rest(pause);
      if (this.#ids.size === 0) break;
      pause = (await this.#askOnce()) ? this.times.pollMs : Math.min(pause * 1.3, this.times.mostMs);
    }
    this.#asking = false;
  }

  /**
   * Rests for so long; less if a job is added, but no less than usual; not any longer once there are none.
   */
  async #rest(pause: number): Promise<void> {
    const began = this.clock.now();
    let left = pause;
    while (left > 0 && this.#ids.size > 0) {
      this.#wake = new AbortController();
      this.#isLong = left > this.times.pollMs;
      await this.clock.sleep(left, this.#wake.signal).catch(() => undefined);
      left = (this.#wake.signal.aborted ? this.times.pollMs : left) - (this.clock.now() - began);
    }
  }

  /** Whether any state is new. */
  async #askOnce(): Promise<boolean> {
    const ids = [...this.#ids.keys()];
    let answer: ReadonlyMap<string, JobStatus>;
    try {
      answer = await this.scheduler.status(ids);
    } catch (error) {
      if (this.#ids.size > 0) this.#notAnswered(error);
      return false;
    }
    if (this.#unanswered >= PATIENCE) this.warn(`${this.scheduler.name} answers again`);
    this.#unanswered = 0;
    let changed = false;
    for (const id of ids) {
      if (!this.#ids.has(id)) continue;
      const status = answer.get(id) ?? 'unknown';
      changed ||= !isSame(status, this.#ids.get(id));
      this.#ids.set(id, status);
    }
    return changed;
  }

  #notAnswered(error: unknown): void {
    this.#unanswered++;
    const isDown = error instanceof SchedulerUnavailable;
    if (this.#unanswered === PATIENCE || (!isDown && this.#unanswered === 1))
      this.warn(
        `${this.scheduler.name} does not answer: ${messageOf(error)}\n  Its jobs go on, and it is asked again.`,
      );
  }
}

function isSame(one: Watched, other: Watched): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.state === other.state && one.reason === other.reason;
}
