import type { Progress } from '../../../stage/stage-type.js';
import type { JobNote, WorkListener } from '../../run/executor.js';
import { arrayOf } from '../going-on.js';

/** The most often that their progress is reported. */
const PROGRESS_MS = 1000;

/** What the jobs that divide a stage report, put together as if they were one. */
export class ShardListeners {
  readonly #notes: (JobNote | undefined)[];
  readonly #progress: (Progress | undefined)[];
  readonly #ended = new Set<number>();
  #noted = '';
  #reportedAt = -Infinity;

  /**
   * @param signal Asks all of them to stop.
   * @param folder Where their logs are, relative to the cache folder.
   */
  constructor(
    private readonly count: number,
    private readonly listener: WorkListener,
    private readonly signal: AbortSignal,
    private readonly folder: string,
  ) {
    this.#notes = new Array<undefined>(count).fill(undefined);
    this.#progress = new Array<undefined>(count).fill(undefined);
  }

  /**
   * What one of them reports to. Its stage's own words are in its log: the whole stage says them once more.
   */
  of(index: number): WorkListener {
    return {
      signal: this.signal,
      kill: this.listener.kill,
      onProgress: (progress) => this.#advance(index, progress),
      onLog: () => undefined,
      onJob: (note) => {
        this.#notes[index] = note;
        this.#note();
      },
    };
  }

  /** One has ended with a result. */
  ended(index: number): void {
    this.#ended.add(index);
    this.#note();
  }

  #note(): void {
    const all = this.#notes.filter((note) => note !== undefined);
    const left = this.#notes.filter((note, i) => note !== undefined && !this.#ended.has(i)) as JobNote[];
    const has = (state: JobNote['state']) => left.find((note) => note.state === state);
    const shown = has('running') ?? has('queued') ?? left[0] ?? all[0];
    if (shown === undefined) return;
    const { job: _, reason, ...rest } = shown;
    // Elements of one array.
    const jobs = [...new Set(all.flatMap(({ job }) => (job === undefined ? [] : arrayOf(job))))];
    const state = left.length === 0 && this.#ended.size > 0 ? 'running' : shown.state;
    const note: JobNote = {
      ...rest,
      state,
      ...(jobs.length === 1 && { job: jobs[0]! }),
      ...(reason !== undefined && state === 'queued' && { reason }),
      attempt: Math.max(...all.map(({ attempt }) => attempt)),
      folder: this.folder,
      shards: { done: this.#ended.size, count: this.count },
    };
    const text = JSON.stringify(note);
    if (text === this.#noted) return;
    this.#noted = text;
    this.listener.onJob(note);
  }

  #advance(index: number, progress: Progress): void {
    this.#progress[index] = progress;
    const now = performance.now();
    if (now - this.#reportedAt < PROGRESS_MS) return;
    this.#reportedAt = now;
    const known = this.#progress.filter((each) => each !== undefined);
    const sum = (of: (each: Progress) => number) => known.reduce((total, each) => total + of(each), 0);
    // Those that have not begun have about as much to do.
    const total = Math.round((sum(({ total = 0 }) => total) * this.count) / known.length);
    this.listener.onProgress({ done: sum(({ done }) => done), total, unit: progress.unit });
  }
}
