import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  INDEX,
  type Job,
  type JobArray,
  type JobStatus,
  type Scheduler,
  SchedulerUnavailable,
} from '../../src/pipeline/executors/scheduler.js';
import type { TaskEvent, TaskResult } from '../../src/pipeline/executors/task-file.js';

/** What becomes of one job. */
export interface Fate {
  /** Answers to `status` in turn; the last one stays. `gone`: it is not in the answer. */
  states?: (JobStatus['state'] | 'gone')[];
  events?: TaskEvent[];
  log?: string;
  /** Written when its states have come to the end. */
  result?: TaskResult;
  /** The answer to its submission is lost. */
  unanswered?: boolean;
  refused?: Error;
}

export const SUCCESS: TaskResult = {
  format: 1,
  output: { type: 'success', artifact: { kind: 'report', files: {} } as never, summary: 'done' },
  seconds: 12,
  host: 'n1',
};

/** A scheduler in memory: each job's fate is decided when it is submitted. */
export class FakeScheduler implements Scheduler {
  readonly name = 'fake';
  readonly jobs = new Map<string, { job: Job; fate: Fate; asked: number; cancelled: boolean }>();
  /** Calls by name. */
  readonly calls = { submit: 0, status: 0, cancel: 0, find: 0 };
  /** While it is, nothing is answered. */
  isDown = false;
  readonly arrays?: Scheduler['arrays'];

  /** @param arrays Whether it takes arrays; the ids of their elements are `1_0`, `1_1`. */
  constructor(
    private readonly fateOf: (job: Job, number: number) => Fate,
    arrays = false,
  ) {
    if (arrays)
      this.arrays = {
        index: 'TASK',
        submit: (array) => this.#submitArray(array),
        element: (id, index) => `${id}_${index}`,
      };
  }

  async submit(job: Job): Promise<string> {
    this.calls.submit++;
    this.#answer();
    const number = this.jobs.size + 1;
    this.#accept(String(number), job, number);
    return String(number);
  }

  async #submitArray({ indices, ...job }: JobArray): Promise<string> {
    this.calls.submit++;
    this.#answer();
    const id = String(this.jobs.size + 1);
    for (const index of indices) {
      const log = job.log.replaceAll(INDEX, String(index));
      this.#accept(`${id}_${index}`, { ...job, log }, index);
    }
    return id;
  }

  #accept(id: string, job: Job, number: number): void {
    const fate = this.fateOf(job, number);
    if (fate.refused !== undefined) throw fate.refused;
    this.jobs.set(id, { job, fate, asked: 0, cancelled: false });
    if (fate.unanswered) throw new SchedulerUnavailable('no answer');
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    this.calls.status++;
    this.#answer();
    const found = new Map<string, JobStatus>();
    for (const id of ids) {
      const entry = this.jobs.get(id);
      if (entry === undefined) continue;
      const { fate, cancelled } = entry;
      const { states = ['running', 'ended'] } = fate;
      if (entry.asked === 0) leave(entry.job, fate);
      const at = Math.min(entry.asked++, states.length - 1);
      if (at === states.length - 1 && fate.result !== undefined) finish(entry.job, fate.result);
      const state = cancelled ? 'cancelled' : states[at]!;
      if (state !== 'gone') found.set(id, { state });
    }
    return found;
  }

  async cancel(ids: readonly string[]): Promise<void> {
    this.calls.cancel++;
    for (const id of ids) this.jobs.get(id)!.cancelled = true;
  }

  async find(name: string): Promise<string | undefined> {
    this.calls.find++;
    this.#answer();
    return [...this.jobs].find(([, { job }]) => job.name === name)?.[0].split('_')[0];
  }

  #answer(): void {
    if (this.isDown) throw new SchedulerUnavailable('connection refused');
  }
}

function leave(job: Job, { events = [], log }: Fate): void {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  mkdirSync(dirname(job.log), { recursive: true });
  if (lines !== '') writeFileSync(join(dirname(job.log), 'events.ndjson'), lines);
  if (log !== undefined) writeFileSync(job.log, log);
}

/** As a job does: by rename. */
export function finish(job: Pick<Job, 'log'>, result: TaskResult): void {
  const file = join(dirname(job.log), 'output.json');
  writeFileSync(`${file}.part`, JSON.stringify(result));
  renameSync(`${file}.part`, file);
}
