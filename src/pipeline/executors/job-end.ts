import { EtudeError } from '../../util/errors.js';
import type { StageOutput } from '../run/stage-task.js';
import type { Watched } from './job-watch.js';
import type { TaskResult } from './task-file.js';

/** What Slurm, PBS and LSF write into the log of a job that they kill for its memory. */
const MEMORY = /exceeded (job |step )?memory limit|oom.?kill|mem \S+ exceeded limit|TERM_MEMLIMIT/i;

/** How a job ended, as far as known. */
export interface JobEnd {
  id?: string;
  result?: TaskResult;
  /** What the scheduler said last. */
  status?: Watched;
  /** The furthest step of its training. */
  step: number;
  /** Bytes of memory that it was given. */
  memory?: number;
  /** The last lines that it printed. */
  lines: readonly string[];
}

/** What happens after a job: its output is the stage's, or it has failed, or the next job continues. */
export type Verdict =
  | { type: 'output'; output: StageOutput }
  | { type: 'failed'; error: EtudeError }
  | { type: 'again'; why: string; memory?: number };

export interface Patience {
  /** How many jobs in a row may end without a result and without progress, before the stage fails. */
  retries: number;
  /** After a job ran out of memory, the next one gets so many times as much. */
  memoryFactor?: number;
  /** The command that shows a job's log. */
  logs: string;
  /** If it is one of several jobs that divide the stage: its number. */
  shard?: number;
}

/** Judges the ends of a stage's jobs, one after another. */
export class Judge {
  #fruitless = 0;
  #step = 0;

  constructor(
    private readonly executor: string,
    private readonly patience: Patience,
  ) {}

  judge(end: JobEnd): Verdict {
    const { result, status, step } = end;
    const said = typeof status === 'object' ? status : undefined;
    const output = result?.output;
    const isOutOfMemory = said?.state === 'out-of-memory' || end.lines.some((line) => MEMORY.test(line));
    if (result?.died?.memory || (output === undefined && isOutOfMemory)) return this.#outOfMemory(end);
    if (output !== undefined && output.type !== 'aborted') {
      const { seconds } = result!;
      return { type: 'output', output: output.type === 'success' ? { ...output, seconds } : output };
    }
    if (said?.state === 'cancelled')
      return this.#failed(end, `${this.#job(end)} was cancelled, and not by this run`, {
        got: said.reason,
        hint: 'What it had finished is kept: run again to continue from there.',
      });
    if (said?.state === 'hopeless')
      return this.#failed(end, `${this.#job(end)} can never start`, {
        got: said.reason,
        hint: 'It was cancelled. Change the resources in the profile.',
      });
    const why = endings[said?.state ?? 'unknown'] ?? (output ? 'was stopped' : endings.unknown!);
    // A training that is stopped again and again comes to its end, if each job gets further than the last
    // one.
    this.#fruitless = step > this.#step ? 0 : this.#fruitless + 1;
    this.#step = Math.max(this.#step, step);
    if (this.#fruitless <= this.patience.retries)
      return { type: 'again', why: `${this.#job(end)} ${why}`, memory: end.memory };
    const often = this.patience.retries > 0 ? `, after ${this.patience.retries + 1} attempts` : '';
    return this.#failed(end, `${this.#job(end)} ${why}${often}`, { got: said?.reason });
  }

  #outOfMemory(end: JobEnd): Verdict {
    const { memoryFactor, retries } = this.patience;
    const why = `${this.#job(end)} ran out of memory`;
    this.#fruitless++;
    if (memoryFactor !== undefined && end.memory !== undefined && this.#fruitless <= retries)
      return { type: 'again', why, memory: Math.ceil(end.memory * memoryFactor) };
    return this.#failed(end, why, {
      hint:
        memoryFactor === undefined
          ? 'Ask for more memory in the profile, or set retry_memory_factor there: each new attempt gets more.'
          : 'Ask for more memory in the profile. Smaller batches need less.',
    });
  }

  #failed(end: JobEnd, message: string, { got, hint }: { got?: string; hint?: string }): Verdict {
    const lines = [...(got === undefined ? [] : [got]), ...end.lines];
    const options = {
      got: lines.length === 0 ? undefined : lines.join('\n           '),
      hint: [hint, `Its log: ${this.patience.logs}`].filter(Boolean).join('\n  '),
    };
    return { type: 'failed', error: new EtudeError(message, options) };
  }

  #job({ id }: JobEnd): string {
    const { shard } = this.patience;
    const job = id === undefined ? `the job of ${this.executor}` : `job ${id} of ${this.executor}`;
    return shard === undefined ? job : `shard ${shard}: ${job}`;
  }
}

const endings: Record<string, string> = {
  'time-limit': 'reached its time limit',
  lost: 'was lost with its node, or preempted',
  ended: 'ended without a result',
  unknown: 'has disappeared without a result',
};
