import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ifExists, writeError } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import type { Shard } from '../../stage/stage-type.js';
import type { WorkListener } from '../run/executor.js';
import { EventFollower, type Events } from './follow-events.js';
import { lastLines } from './last-lines.js';
import { objectsIn } from './store/foreign-result.js';
import { FILES, jobsFolder, type TaskResult } from './task-file.js';

/**
 * `job.json`: which job computes an attempt. It is written before the job is submitted, and again with its
 * id: whoever finds it without an id asks the scheduler for the name.
 */
export interface JobRecord {
  format: 1;
  executor: string;
  /** Which of its clusters. */
  cluster?: string;
  /** The profile of the run that submitted it. */
  profile?: string;
  /** That of the array, if it is an element of one. */
  name: string;
  /** Its number in the array. */
  element?: number;
  id?: string;
  /** The bytes of memory that it was given, if any. */
  memory?: number;
  /** Why nobody waits for it any more. */
  over?: string;
}

/** One attempt to compute a stage: a numbered folder with the files in `FILES`. */
export class Attempt {
  constructor(
    readonly number: number,
    readonly dir: string,
    /** Relative to the cache folder. */
    readonly shown: string,
  ) {}

  path(file: keyof typeof FILES): string {
    return join(this.dir, FILES[file]);
  }

  async record(): Promise<JobRecord | undefined> {
    return (await readJson(this.path('job'))) as JobRecord | undefined;
  }

  async write(file: 'job' | 'task', value: unknown): Promise<void> {
    await writeWhole(this.path(file), JSON.stringify(value));
  }

  async writeScript(text: string): Promise<void> {
    await writeFile(this.path('script'), text, { mode: 0o755 }).catch((error: unknown) => {
      throw writeError(error, this.dir);
    });
  }

  async result(): Promise<TaskResult | undefined> {
    const found = await readJson(this.path('output'));
    return isResult(found) ? found : undefined;
  }

  /** What its job reports while it runs. */
  events(listener: Pick<WorkListener, 'onProgress' | 'onLog'>, isShard?: boolean): Events {
    return new EventFollower(this.path('events'), listener, isShard);
  }

  /** Of its log. */
  lastLines(): Promise<string[]> {
    return lastLines(this.path('log'));
  }

  /** For a log that its scheduler has kept. */
  async keepLog(text: string): Promise<void> {
    await writeFile(this.path('log'), text);
  }

  /** The result is not to be found again. */
  async take(): Promise<void> {
    await ifExists(rename(this.path('output'), this.path('taken')));
  }

  /** Nobody waits for the job any more. */
  async close(why: string): Promise<void> {
    const record = await this.record();
    if (record !== undefined) await this.write('job', { ...record, over: why });
  }

  /** When the job last showed that it is alive, by its machine's clock; 0: never. */
  async heartbeat(): Promise<number> {
    return (await ifExists(stat(this.path('alive'))))?.mtimeMs ?? 0;
  }

  /**
   * Network file systems remember for up to a minute what a folder holds: a change of our own makes them look
   * again.
   */
  async lookAgain(): Promise<void> {
    const file = join(this.dir, `.look-${process.pid}`);
    await writeFile(file, '').catch(() => undefined);
    await rm(file, { force: true }).catch(() => undefined);
  }

  /** Whether it has been settled: its result was taken, or nobody waits for it. */
  async isOver(): Promise<boolean> {
    const record = await this.record();
    return record?.over !== undefined || (await ifExists(stat(this.path('taken')))) !== undefined;
  }
}

/** The attempts to compute a fingerprint, or one of its shards, in the cache folder. */
export class JobFolder {
  readonly #shown: string;
  readonly #dir: string;

  constructor(cacheDir: string, fingerprint: string, shard?: Shard) {
    this.#shown = jobsFolder(fingerprint, shard);
    this.#dir = join(cacheDir, this.#shown);
  }

  /** The newest attempt, unless it has been settled. */
  async current(): Promise<Attempt | undefined> {
    const last = (await this.attempts()).at(-1);
    return last === undefined || (await last.isOver()) ? undefined : last;
  }

  /** All attempts, the oldest first. */
  async attempts(): Promise<Attempt[]> {
    const names = (await ifExists(readdir(this.#dir))) ?? [];
    const numbers = names.filter((name) => /^[1-9]\d{0,5}$/.test(name)).map(Number);
    return numbers.sort((a, b) => a - b).map((number) => this.#attempt(number));
  }

  /** A new attempt; if another process has just begun one, that. */
  async begin(): Promise<Attempt> {
    const attempt = this.#attempt(((await this.attempts()).at(-1)?.number ?? 0) + 1);
    try {
      await makeFolder(this.#dir);
      // Only one process makes it, also on NFS.
      await mkdir(attempt.dir);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw writeError(error, this.#dir);
    }
    return attempt;
  }

  #attempt(number: number): Attempt {
    return new Attempt(number, join(this.#dir, String(number)), `${this.#shown}/${number}`);
  }
}

/** By rename, so that nobody reads half of it, and to the disk first. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await writeFile(part, text, { flush: true });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw writeError(error, path);
  }
}

/** A file that is damaged counts as none. */
function isResult(found: unknown): found is TaskResult {
  try {
    const result = found as TaskResult;
    objectsIn(result);
    return typeof result.output.type === 'string';
  } catch {
    return false;
  }
}

/** `undefined` for a file that is not there, or is not JSON. */
async function readJson(path: string): Promise<unknown> {
  const bytes = await ifExists(readShort(path));
  try {
    return bytes && JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
