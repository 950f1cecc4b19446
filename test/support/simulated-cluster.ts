import assert from 'node:assert/strict';
import type { Clock } from '../../src/pipeline/executors/clock.js';
import {
  type Job,
  type JobStatus,
  type Scheduler,
  SchedulerUnavailable,
} from '../../src/pipeline/executors/scheduler.js';
import type { TaskResult } from '../../src/pipeline/executors/task-file.js';
import type { SimulatedJobs } from './simulated-jobs.js';

/** Numbers from 0 to 1, the same ones each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How jobs end, and how often. */
const FATES = {
  done: 0.78,
  /** Its result is seen late. */
  late: 0.08,
  /** Its node comes back, and it runs again. */
  twice: 0.05,
  /** With its node. */
  lost: 0.03,
  /** The scheduler forgets it. */
  vanishes: 0.02,
  'time-limit': 0.02,
  /** Stopped, and long in COMPLETING. */
  completing: 0.02,
};
export type Fate = keyof typeof FATES;

interface Simulated {
  fingerprint: string;
  starts: number;
  ends: number;
  /** When the scheduler says so. */
  over: number;
  fate: Fate;
}

/** How late results may be seen. */
const LATE_MS = 45_000;
const COMPLETING_MS = 120_000;
const DAY_MS = 86_400_000;

/**
 * A cluster with everything that goes wrong on one: answers that take their time, or are lost in both
 * directions, jobs that are lost with their node or forgotten, or run twice, results that a file system shows
 * late, and clocks that are wrong.
 */
export class SimulatedCluster implements Scheduler {
  readonly name = 'simulated';
  readonly jobs = new Map<string, Simulated>();
  readonly calls = { submit: 0, status: 0, find: 0, cancel: 0 };
  readonly faults = { refused: 0, unanswered: 0, unavailable: 0 };
  /** How many jobs have ended in which way. */
  readonly ends = Object.fromEntries(Object.keys(FATES).map((fate) => [fate, 0])) as Record<Fate, number>;
  readonly #byName = new Map<string, string>();
  /** The newest job of each fingerprint. */
  readonly #newest = new Map<string, Simulated>();

  constructor(
    private readonly clock: Clock,
    private readonly folders: SimulatedJobs,
    private readonly random: () => number,
  ) {}

  async submit({ name, log, about }: Job): Promise<string> {
    this.calls.submit++;
    await this.#delay(100);
    if (this.#chance(0.03)) throw this.#fault('refused');
    assert.equal(this.#byName.has(name), false, 'submitted twice');
    const { fingerprint } = about!;
    const earlier = this.#newest.get(fingerprint);
    assert.ok((earlier?.over ?? 0) <= this.clock.now(), 'two jobs for the same at the same time');
    const id = String(this.jobs.size + 1);
    const job = this.#draw(fingerprint);
    this.jobs.set(id, job);
    this.#byName.set(name, id);
    this.#newest.set(fingerprint, job);
    void this.#run(job, log);
    await this.#delay(100);
    if (this.#chance(0.05)) throw this.#fault('unanswered');
    return id;
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    this.calls.status++;
    await this.#delay(1000);
    if (this.#chance(0.1)) throw this.#fault('unavailable');
    const states = ids.flatMap((id): [string, JobStatus][] => {
      const state = this.#stateOf(this.jobs.get(id)!);
      return state === undefined ? [] : [[id, { state }]];
    });
    await this.#delay(1000);
    return new Map(states);
  }

  async find(name: string): Promise<string | undefined> {
    this.calls.find++;
    await this.#delay(500);
    if (this.#chance(0.1)) throw this.#fault('unavailable');
    return this.#byName.get(name);
  }

  async cancel(): Promise<void> {
    this.calls.cancel++;
  }

  #stateOf({ starts, over, fate }: Simulated): JobStatus['state'] | undefined {
    const now = this.clock.now();
    if (now < over) return now < starts ? 'queued' : 'running';
    if (fate === 'vanishes') return undefined;
    if (fate === 'completing') return 'time-limit';
    return fate === 'lost' || fate === 'time-limit' ? fate : 'ended';
  }

  #draw(fingerprint: string): Simulated {
    const drawn = this.random();
    let sum = 0;
    const fate = (Object.keys(FATES) as Fate[]).find((each) => {
      sum += FATES[each];
      return drawn < sum;
    });
    const starts = this.clock.now() + 60_000 * this.random();
    const ends = starts + 60_000 * this.random();
    return {
      fingerprint,
      starts,
      ends,
      over: ends + (fate === 'completing' ? COMPLETING_MS : 0),
      fate: fate ?? 'done',
    };
  }

  /** What the job itself does. */
  async #run({ fingerprint, starts, ends, fate }: Simulated, log: string): Promise<void> {
    const attempt = this.folders.attemptOf(log);
    const skew = this.#chance(0.5) ? DAY_MS : -DAY_MS;
    attempt.alive = () => {
      const lived = Math.min(this.clock.now(), ends) - starts;
      return lived < 0 ? 0 : skew + starts + 5000 * Math.floor(lived / 5000);
    };
    await this.clock.sleep(ends - this.clock.now());
    this.ends[fate]++;
    if (fate === 'lost' || fate === 'vanishes') return;
    const isDone = fate !== 'time-limit' && fate !== 'completing';
    const result = resultOf(isDone ? fingerprint : undefined);
    attempt.leave(result, fate === 'late' ? LATE_MS * this.random() : 0);
    if (fate !== 'twice') return;
    await this.#delay(10_000);
    attempt.leave(result);
  }

  async #delay(most: number): Promise<void> {
    await this.clock.sleep(most * this.random());
  }

  #chance(probability: number): boolean {
    return this.random() < probability;
  }

  #fault(what: keyof SimulatedCluster['faults']): SchedulerUnavailable {
    this.faults[what]++;
    return new SchedulerUnavailable(what);
  }
}

/** With the fingerprint, to be told apart; without: of a job that was stopped. */
function resultOf(fingerprint?: string): TaskResult {
  const artifact = { kind: 'report', metrics: {}, files: {} } as never;
  const output =
    fingerprint === undefined
      ? ({ type: 'aborted' } as TaskResult['output'])
      : ({ type: 'success', artifact, summary: fingerprint } as TaskResult['output']);
  return { format: 1, output, seconds: 1, host: 'n' };
}
