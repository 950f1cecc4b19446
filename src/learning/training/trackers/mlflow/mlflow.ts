import { setTimeout } from 'node:timers/promises';
import type { LogEntry } from '../../training-state.js';
import type { Ending, Tracker } from '../tracker.js';
import { MLflowClient, MLflowError } from './client.js';
import { MOST_METRICS, MOST_PARAMS, mlflowMetric } from './limits.js';
import { type MLflowRun, openRun } from './run.js';
import type { MLflowSettings } from './settings.js';

/** Metrics that wait for a slow server, or one that is down: of more, the oldest are dropped. */
const MOST_WAITING = 20_000;

/** How long a server that does not answer is left alone. */
const PAUSE_MS = 30_000;

/** By default. */
const PATIENCE_MS = 3000;

const STATUS = { finished: 'FINISHED', failed: 'FAILED', interrupted: 'KILLED' } as const;

interface Metric {
  key: string;
  value: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  step: number;
}

/** A run of an MLflow server, with the names of transformers' `MLflowCallback`. */
export class MLflow implements Tracker {
  readonly #settings: MLflowSettings;
  readonly #run: MLflowRun;
  readonly #warn: (text: string) => void;
  readonly #patienceMs: number;
  readonly #ended = new AbortController();
  readonly #client: MLflowClient;
  #step = 0;
  #id: string | undefined;
  #params: readonly { key: string; value: string }[];
  #waiting: Metric[] = [];
  #history: Metric[] = [];
  #ending: Ending | undefined;
  #sending: Promise<void> | undefined;
  #notBefore = 0;
  #warned = false;
  #closed = false;

  /**
   * @param params What the run was started with.
   * @param warn Called once, if something cannot be sent.
   * @param patienceMs How long the end of a training waits for the server.
   */
  constructor(
    settings: MLflowSettings,
    { params, ...run }: MLflowRun & { params: readonly { key: string; value: string }[] },
    warn: (text: string) => void,
    patienceMs = PATIENCE_MS,
  ) {
    this.#patienceMs = patienceMs;
    this.#params = params;
    this.#settings = settings;
    this.#run = run;
    this.#warn = warn;
    this.#client = new MLflowClient(settings, this.#ended.signal);
  }

  begin(step: number, history: readonly LogEntry[]): void {
    this.#step = step;
    this.#history = history.flatMap(metricsOf);
    this.#sendSoon();
  }

  log(entry: LogEntry): void {
    if (this.#closed) return;
    this.#waiting.push(...metricsOf(entry));
    if (this.#waiting.length > MOST_WAITING) this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
    this.#sendSoon();
  }

  async end(ending: Ending): Promise<void> {
    this.#ending = ending;
    const late = new AbortController();
    const limit = setTimeout(this.#patienceMs, 'late', { signal: late.signal }).catch(() => undefined);
    const first = await Promise.race([this.#sendAll(), limit]);
    late.abort();
    if (first === 'late') this.#problem(new MLflowError('no answer in time'));
    this.#ended.abort();
    this.#closed = true;
  }

  /** Once more, even if the server did not answer just now. */
  async #sendAll(): Promise<void> {
    await this.#sending;
    this.#notBefore = 0;
    this.#sendSoon();
    await this.#sending;
  }

  #sendSoon(): void {
    if (this.#closed || this.#sending !== undefined || Date.now() < this.#notBefore) return;
    this.#sending = this.#send()
      .catch((error: unknown) => this.#problem(error))
      .finally(() => {
        this.#sending = undefined;
      });
  }

  async #send(): Promise<void> {
    if (this.#id === undefined) {
      const { id, hasLog, hasParams } = await openRun(
        this.#client,
        this.#settings,
        this.#run,
        this.#step > 0,
      );
      this.#id = id;
      if (hasParams) this.#params = [];
      if (!hasLog) this.#waiting.unshift(...this.#history);
    }
    const run_id = this.#id;
    while (this.#params.length + this.#waiting.length > 0) {
      const [params, metrics] = [
        this.#params.slice(0, MOST_PARAMS),
        this.#waiting.splice(0, MOST_METRICS - MOST_PARAMS),
      ];
      await this.#client.post('runs/log-batch', { run_id, params, metrics }).catch((error: unknown) => {
        this.#waiting.unshift(...metrics);
        throw error;
      });
      this.#params = this.#params.slice(MOST_PARAMS);
    }
    if (this.#ending === undefined) return;
    await this.#client.post('runs/update', { run_id, status: STATUS[this.#ending], end_time: Date.now() });
    this.#closed = true;
  }

  #problem(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    const isTemporary = error instanceof MLflowError && error.isTemporary;
    this.#notBefore = Date.now() + PAUSE_MS;
    if (!isTemporary) this.#closed = true;
    if (this.#warned) return;
    this.#warned = true;
    const why = error instanceof MLflowError ? error.message : 'an unexpected error';
    const isOver = !isTemporary || this.#ending !== undefined;
    const then = isOver ? 'the rest is not reported' : 'the training goes on, and sends them later';
    this.#warn(`MLflow at ${this.#settings.host} takes no metrics (${why}): ${then}`);
  }
}

/** Under the names of the log, as transformers has them there. */
function metricsOf({ step = 0, ...entry }: LogEntry): Metric[] {
  const timestamp = Date.now();
  return Object.entries(entry)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => ({ key: mlflowMetric(name), value, timestamp, step }));
}
