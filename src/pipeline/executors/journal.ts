import { appendFile } from 'node:fs/promises';
import type { Progress } from '../../stage/stage-type.js';
import type { TaskEvent } from './task-file.js';

/** The most often that progress is reported. */
const PROGRESS_MS = 1000;

/** The file of a job's events, which is appended to in order. */
export class Journal {
  #writing: Promise<void> = Promise.resolve();
  #progress: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    private readonly onEvent?: (line: string) => void,
  ) {}

  add(event: TaskEvent): void {
    this.#flush();
    this.#append(event);
  }

  /** The last report of each second is written. */
  progress(progress: Progress): void {
    // Evaluations between two steps do not hide how far the training is.
    const training = progress.training ?? this.#progress?.training;
    this.#progress = training === undefined ? progress : { ...progress, training };
    this.#timer ??= setTimeout(() => this.#flush(), PROGRESS_MS);
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#progress !== undefined) this.#append({ type: 'progress', progress: this.#progress });
    this.#progress = undefined;
  }

  /** A full disk costs the report, never the result. */
  #append(event: TaskEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    this.onEvent?.(line);
    this.#writing = this.#writing.then(() => appendFile(this.path, line)).catch(() => undefined);
  }
}
