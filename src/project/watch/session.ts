import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import type { RunEvent } from '../../pipeline/run/events/run-events.js';
import { listenForStop } from '../../pipeline/run/listen-for-stop.js';
import { EtudeError } from '../../util/errors.js';
import { startThread } from '../../util/start-thread.js';
import type { Signals } from '../signals.js';
import type { Asked, FromThread, Opened, Planned, Ran, ToThread, WatchTask } from './messages.js';

/** Extensions of what a thread loads once and for all. */
const LOADED = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

export interface SessionListener {
  event(event: RunEvent): void;
  warning(text: string): void;
  /** What stage modules print on import. */
  output(text: string): void;
}

/**
 * A thread that opens, plans and runs a recipe. Its stage modules are as they were when it started: once one
 * has changed, another session takes over.
 */
export class Session {
  readonly #thread: Worker;
  readonly #asked = new Map<number, { resolve(answer: never): void; reject(error: unknown): void }>();
  readonly #listener: SessionListener;
  #paths = new Set<string>();
  readonly #modules = new Set<string>();
  #ended: Error | undefined;
  #next = 1;

  constructor(task: WatchTask, listener: SessionListener) {
    this.#listener = listener;
    const module = new URL('./thread-main.js', import.meta.url);
    this.#thread = startThread(module, { workerData: task, stdout: true, stderr: true });
    for (const stream of [this.#thread.stdout, this.#thread.stderr])
      createInterface({ input: stream }).on('line', (line) => listener.output(line));
    this.#thread.on('message', (message: FromThread) => this.#hear(message));
    this.#thread.on('error', (error) => this.#end(error));
    this.#thread.on('exit', () =>
      this.#end(new EtudeError('a stage module exits the process, or never finishes, when it is imported')),
    );
  }

  /** Everything that the recipe named when it was last opened, as far as that got. Absolute. */
  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  /** Whether its modules may differ from those on disk, now that these paths have changed. */
  isStale(changed: readonly string[]): boolean {
    const isLoaded = (path: string) => this.#modules.has(path) || LOADED.includes(extname(path));
    return this.#ended !== undefined || changed.some(isLoaded);
  }

  async open(): Promise<Opened> {
    this.#paths = new Set();
    const opened = await this.#ask<Opened>('open');
    // Modules that a recipe with mistakes does not name at the moment were still imported.
    for (const module of opened.modules) this.#modules.add(module);
    for (const path of [...opened.modules, ...opened.sources]) this.#paths.add(path);
    return opened;
  }

  /** Plans what was opened last. */
  plan(): Promise<Planned> {
    return this.#ask<Planned>('plan');
  }

  /** Runs what was opened last. Others may be opened and planned in the meantime. */
  async run(signals: Signals): Promise<Ran> {
    const ending = this.#ask<Ran>('run');
    // Ends after the run that it belongs to.
    const stop = listenForStop(signals, {
      abort: () => this.#send({ type: 'stop' }),
      kill: () => this.#send({ type: 'kill' }),
    });
    try {
      return await ending;
    } finally {
      stop.dispose();
    }
  }

  async close(): Promise<void> {
    this.#thread.removeAllListeners('message');
    await this.#thread.terminate();
  }

  #ask<Answer>(type: Asked): Promise<Answer> {
    const id = this.#next++;
    return new Promise<Answer>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      this.#asked.set(id, { resolve, reject });
      this.#send({ type, id });
    });
  }

  #send(message: ToThread): void {
    this.#thread.postMessage(message);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'path':
        this.#paths.add(message.path);
        break;
      case 'event':
        this.#listener.event(message.event);
        break;
      case 'warning':
        this.#listener.warning(message.text);
        break;
      case 'answer':
        this.#asked.get(message.id)?.resolve(message.answer as never);
        this.#asked.delete(message.id);
        break;
      case 'failed':
        this.#asked.get(message.id)?.reject(new EtudeError(message.text));
        this.#asked.delete(message.id);
        break;
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#asked.values()) reject(this.#ended);
    this.#asked.clear();
  }
}
