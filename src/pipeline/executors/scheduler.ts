/** What a job needs, in units that every scheduler can be given. */
export interface JobResources {
  cpus?: number;
  /** Bytes. */
  memory?: number;
  gpus?: number;
  /** The longest that it may take, in seconds. */
  time?: number;
  /** Number of jobs that divide the stage, each of which needs all of this. */
  shards?: number;
  /** Whatever else the profile gives for the stage, for this scheduler alone: `partition`, `qos`. */
  more: Readonly<Record<string, unknown>>;
}

/** One job to submit. */
export interface Job {
  /** Unique, and made of letters, digits, `-` and `_`: a submission whose answer was lost is found by it. */
  name: string;
  /** What it runs: a program and its arguments, not a line for a shell. */
  command: readonly string[];
  /** A script for bash that runs the profile's `setup`, and then `command`. Absolute path. */
  script: string;
  /** Where it runs. Absolute path. */
  cwd: string;
  /** The file for what it prints. Absolute path. */
  log: string;
  resources: JobResources;
  /** What it computes, for schedulers that show more than a name. */
  about?: { stage: string; fingerprint: string };
}

/** Stands for the number of an element in the command and the log of a `JobArray`. */
export const INDEX = '{etude:index}';

/** Many jobs that differ in a number alone, which their script finds in the environment. */
export interface JobArray extends Job {
  indices: readonly number[];
}

/** What a scheduler says about a job. */
export interface JobStatus {
  /**
   * `ended`: however it ended; whether it has a result is known from the files that it left. `hopeless`: it
   * is in the queue and will never run, `reason` says why. The other four ended, too.
   */
  state: 'queued' | 'running' | 'ended' | 'hopeless' | 'cancelled' | 'time-limit' | 'out-of-memory' | 'lost';
  /** In the scheduler's words. */
  reason?: string;
}

/**
 * A scheduler that runs jobs on other machines, which see the cache folder under the same path. A module that
 * exports one as its default, or a function that makes it from the profile's `options`, is an executor:
 * `executor: ./my-scheduler.js`.
 *
 * Calls that fail because the scheduler does not answer reject with `SchedulerUnavailable`, and are repeated
 * later; any other error is final.
 *
 * @example
 * import { defineScheduler, SchedulerUnavailable } from 'etude-audio';
 * export default defineScheduler(({ queue }) => ({
 *   name: 'mine',
 *   async submit(job) { return await enqueue(queue, job.command); },
 *   async status(ids) { return new Map(await lookUp(ids)); },
 *   async cancel(ids) { await stop(ids); },
 * }));
 */
export interface Scheduler {
  /** For messages: `slurm`. */
  readonly name: string;
  /** Submits a job and resolves to its id. */
  submit(job: Job): Promise<string>;
  /** The states of jobs, all in one question. One that it does not know is left out. */
  status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>>;
  /** Ends jobs. Those that have already ended are not an error. */
  cancel(ids: readonly string[]): Promise<void>;
  /** The id of the job with a name, for submissions whose answer was lost. */
  find?(name: string): Promise<string | undefined>;
  /** Which cluster it is, if it can be more than one: a job's id means another job on another one. */
  cluster?(): Promise<string | undefined>;
  /** How it takes many jobs at once. Without it, each is submitted by itself. */
  readonly arrays?: {
    /** The environment variable that has an element's number. */
    readonly index: string;
    /** Submits an array and resolves to its id, which is also what `find` finds by its name. */
    submit(array: JobArray): Promise<string>;
    /** The id of an element, for `status` and `cancel`. */
    element(id: string, index: number): string;
  };
  /** What a job has printed, if that is not in the file of its log. */
  logs?(id: string): Promise<string>;
}

/** The scheduler does not answer, or refuses to for now. */
export class SchedulerUnavailable extends Error {
  override readonly name = 'SchedulerUnavailable';
}

/** Makes a scheduler of a profile's `options`. */
export type MakeScheduler = (options: Readonly<Record<string, unknown>>) => Scheduler | Promise<Scheduler>;

/** Gives a scheduler its type; it changes nothing. */
export function defineScheduler(make: MakeScheduler): MakeScheduler {
  return make;
}
