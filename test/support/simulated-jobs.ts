import type { Clock } from '../../src/pipeline/executors/clock.js';
import type { Attempt, JobFolder, JobRecord } from '../../src/pipeline/executors/job-folder.js';
import { FILES, type TaskResult } from '../../src/pipeline/executors/task-file.js';

/** Folders of jobs in memory, as a network file system shows them: what a job writes may appear late. */
export class SimulatedJobs {
  readonly #folders = new Map<string, SimulatedFolder>();
  readonly #attempts = new Map<string, SimulatedAttempt>();

  constructor(private readonly clock: Clock) {}

  folderOf(fingerprint: string): SimulatedFolder {
    let folder = this.#folders.get(fingerprint);
    if (folder === undefined) {
      folder = new SimulatedFolder((number) => this.#begin(fingerprint, number));
      this.#folders.set(fingerprint, folder);
    }
    return folder;
  }

  /** The attempt whose folder has a file. */
  attemptOf(path: string): SimulatedAttempt {
    return this.#attempts.get(path.slice(0, path.lastIndexOf('/')))!;
  }

  #begin(fingerprint: string, number: number): SimulatedAttempt {
    const dir = `/jobs/${fingerprint}/${number}`;
    const attempt = new SimulatedAttempt(number, dir, dir, this.clock);
    this.#attempts.set(dir, attempt);
    return attempt;
  }
}

class SimulatedFolder implements Pick<JobFolder, 'current' | 'begin'> {
  readonly attempts: SimulatedAttempt[] = [];

  constructor(private readonly make: (number: number) => SimulatedAttempt) {}

  async current(): Promise<SimulatedAttempt | undefined> {
    const last = this.attempts.at(-1);
    return last === undefined || (await last.isOver()) ? undefined : last;
  }

  async begin(): Promise<SimulatedAttempt> {
    const attempt = this.make(this.attempts.length + 1);
    this.attempts.push(attempt);
    return attempt;
  }
}

class SimulatedAttempt implements Pick<Attempt, keyof Attempt> {
  #record: JobRecord | undefined;
  #result: { value: TaskResult; from: number } | undefined;
  #isTaken = false;
  /** When its job shows that it is alive, by the clock of its machine. */
  alive: () => number = () => 0;

  constructor(
    readonly number: number,
    readonly dir: string,
    readonly shown: string,
    private readonly clock: Clock,
  ) {}

  /** As a job does, by rename; others see it `delay` later. */
  leave(value: TaskResult, delay = 0): void {
    this.#result = { value, from: this.clock.now() + delay };
  }

  path(file: keyof typeof FILES): string {
    return `${this.dir}/${FILES[file]}`;
  }

  async record(): Promise<JobRecord | undefined> {
    return this.#record;
  }

  async write(file: 'job' | 'task', value: unknown): Promise<void> {
    if (file === 'job') this.#record = value as JobRecord;
  }

  async writeScript(): Promise<void> {}

  async result(): Promise<TaskResult | undefined> {
    const { value, from = Infinity } = this.#result ?? {};
    return from <= this.clock.now() ? value : undefined;
  }

  async take(): Promise<void> {
    this.#isTaken ||= (await this.result()) !== undefined;
    this.#result = undefined;
  }

  async close(why: string): Promise<void> {
    if (this.#record !== undefined) this.#record = { ...this.#record, over: why };
  }

  async heartbeat(): Promise<number> {
    return this.alive();
  }

  async lookAgain(): Promise<void> {}

  async isOver(): Promise<boolean> {
    return this.#isTaken || this.#record?.over !== undefined;
  }

  events() {
    return { started: false, step: 0, read: async () => undefined };
  }

  async lastLines(): Promise<string[]> {
    return [];
  }

  async keepLog(): Promise<void> {}
}
