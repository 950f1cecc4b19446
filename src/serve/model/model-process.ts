import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EtudeError, messageOf } from '../../util/errors.js';
import { fromPlainError } from '../../util/plain-error.js';
import { shortageAtDeath } from '../../util/shortage.js';
import { Refusal, tryLater } from '../refusal.js';
import type { Cutting, FromModel, LoadedModel, ModelTask, Refused, ToModel } from './messages.js';

/** Batches whose clips are in the process: one that is computed, and one that is decoded meanwhile. */
const BATCHES_AHEAD = 2;
/** Waits before a process that died is started again: the first, doubled until the last. Milliseconds. */
const RESTART = { first: 100, last: 30_000 };
const STATUS: Record<Refused, number> = { unsupported: 415, damaged: 422, 'too-long': 413, failed: 500 };

export interface ModelEvents {
  onBatch(batch: { clips: number; seconds: number; resident: number }): void;
  /** The process died, or is no longer responding; it is started again. */
  onRestart(): void;
  warn(text: string): void;
}

interface Job {
  id: number;
  bytes: Uint8Array;
  cutting?: Cutting;
  resolve(logits: Float32Array): void;
  reject(error: unknown): void;
}

/**
 * A model in a process of its own: computing blocks the thread that it happens on, and a crash or a lack of
 * memory ends the process. It is then started again; clips that it had are refused, because one of them may
 * be why.
 */
export class ModelProcess {
  readonly #task: ModelTask;
  readonly #events: ModelEvents;
  /** Without an answer for this long, the process is killed. Milliseconds. */
  readonly #patience: number;
  #child: ChildProcess | undefined;
  #model: LoadedModel | undefined;
  #isClosed = false;
  #delay = RESTART.first;
  #timer: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #ids = 0;
  /** In the order in which they came; those in the process, and those that it has no room for yet. */
  readonly #sent = new Map<number, Job>();
  readonly #waiting = new Map<number, Job>();
  readonly #watchdog: NodeJS.Timeout;

  constructor(task: ModelTask, events: ModelEvents, patience: number) {
    this.#task = task;
    this.#events = events;
    this.#patience = patience;
    this.#watchdog = setInterval(() => this.#lookAfter(), Math.min(1000, patience / 4)).unref();
  }

  /** The model, if it is loaded. */
  get model(): LoadedModel | undefined {
    return this.#model;
  }

  /** Clips that wait or are computed. */
  get clips(): number {
    return this.#sent.size + this.#waiting.size;
  }

  /**
   * Starts the process, and waits for the model.
   *
   * @throws EtudeError if it cannot be loaded
   */
  load(): Promise<LoadedModel> {
    return new Promise((resolve, reject) => {
      const child = fork(processModule(), {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        serialization: 'advanced',
      });
      this.#child = child;
      let said = '';
      let failure: Error | undefined;
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000);
      });
      child.on('message', (message: FromModel) => {
        this.#heardAt = performance.now();
        if (message.type === 'loaded') {
          this.#model = message.model;
          resolve(message.model);
          this.#sendWaiting();
        } else if (message.type === 'not-loaded') {
          failure = fromPlainError(message.error);
          child.kill('SIGKILL');
        } else this.#receive(message);
      });
      child.once('error', reject);
      child.once('close', (code, signal) => {
        failure ??= crash({ code, signal }, said.trim().split('\n').filter(Boolean));
        reject(failure);
        this.#died(failure);
      });
      this.#post({ type: 'load', task: this.#task });
    });
  }

  /**
   * Logits of a clip.
   *
   * @param bytes An audio file's.
   * @param signal Nobody waits any more: the promise rejects with its reason.
   * @param cutting Of its windows, put together. Default: of the whole clip.
   * @throws Refusal if there are none
   */
  logits(bytes: Uint8Array, signal: AbortSignal, cutting?: Cutting): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const id = ++this.#ids;
      const onAbort = () => {
        // In the process it takes room until that has dropped it, or computed it.
        if (this.#sent.has(id)) this.#post({ type: 'cancel', id });
        this.#waiting.delete(id);
        reject(signal.reason);
      };
      const settle = () => signal.removeEventListener('abort', onAbort);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, {
        id,
        bytes,
        cutting,
        resolve(logits) {
          settle();
          resolve(logits);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
      this.#sendWaiting();
    });
  }

  /** Ends the process at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#watchdog);
    const child = this.#child;
    for (const id of [...this.#sent.keys(), ...this.#waiting.keys()])
      this.#end(id)?.reject(tryLater('the server is stopping'));
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  #post(message: ToModel): void {
    // That it cannot be sent is known from the process's end.
    this.#child?.send(message, () => {});
  }

  #sendWaiting(): void {
    if (this.#model === undefined) return;
    const room = BATCHES_AHEAD * this.#task.batchSize;
    for (const job of this.#waiting.values()) {
      if (this.#sent.size >= room) return;
      if (this.#sent.size === 0) this.#heardAt = performance.now();
      this.#waiting.delete(job.id);
      this.#sent.set(job.id, job);
      const { id, bytes, cutting } = job;
      this.#post({ type: 'clip', id, bytes, cutting });
    }
  }

  #receive(message: Exclude<FromModel, { type: 'loaded' | 'not-loaded' }>): void {
    if (message.type === 'batch') {
      this.#delay = RESTART.first;
      this.#events.onBatch(message);
      return;
    }
    const job = this.#end(message.id);
    if (message.type === 'logits') job?.resolve(message.logits);
    else if (message.type === 'refused') job?.reject(new Refusal(STATUS[message.why], message.text));
    this.#sendWaiting();
  }

  /** Removes a job. `undefined` if it has been. */
  #end(id: number): Job | undefined {
    const job = this.#sent.get(id) ?? this.#waiting.get(id);
    this.#sent.delete(id);
    this.#waiting.delete(id);
    return job;
  }

  #died(error: Error): void {
    const wasLoaded = this.#model !== undefined;
    this.#model = undefined;
    this.#child = undefined;
    if (this.#isClosed) return;
    for (const id of [...this.#sent.keys()])
      this.#end(id)?.reject(tryLater('the model has to be loaded again; the request may be repeated'));
    if (!wasLoaded && this.#timer === undefined) return;
    this.#events.onRestart();
    this.#events.warn(`${messageOf(error)}; it is started again`);
    this.#timer = setTimeout(() => this.load().catch(() => {}), this.#delay);
    this.#delay = Math.min(2 * this.#delay, RESTART.last);
  }

  #lookAfter(): void {
    if (this.#sent.size === 0 || performance.now() - this.#heardAt < this.#patience) return;
    this.#child?.kill('SIGKILL');
  }
}

function crash(
  ending: { code: number | null; signal: string | null },
  lastLines: readonly string[],
): EtudeError {
  const short = shortageAtDeath(ending, lastLines);
  const how = ending.signal === null ? `exit code ${ending.code}` : `signal ${ending.signal}`;
  const got = short?.message ?? lastLines.at(-1);
  return new EtudeError(`the process of the model died (${how})`, { got });
}

/** The module of the process, next to this one, with the same extension (`.js` when built). */
function processModule(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./process-main.${extension}`, import.meta.url));
}
