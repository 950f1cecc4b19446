import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CLIPS = [1, 2, 4, 8, 16, 32, 64];

/** What a server counts, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter('etude_http_requests_total', 'Requests that have been answered.', [
    'route',
    'status',
  ]);
  readonly #durations = new Histogram({
    name: 'etude_http_request_duration_seconds',
    help: 'Time from the head of a request to its answer.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #inFlight = this.#gauge('etude_http_requests_in_flight', 'Requests that are being answered.');
  readonly #batches = new Histogram({
    name: 'etude_batch_size_clips',
    help: 'Clips that were computed together.',
    buckets: CLIPS,
    registers: [this.#registry],
  });
  readonly #computing = new Histogram({
    name: 'etude_batch_duration_seconds',
    help: 'Time that the model took for a batch.',
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #resident = this.#gauge(
    'etude_model_process_resident_memory_bytes',
    'Resident memory of the process that holds the model.',
  );
  readonly #restarts = this.#counter(
    'etude_model_restarts_total',
    'Times that the model had to be loaded again.',
  );

  /** @param state What is looked up when the metrics are read. */
  constructor(state: { isReady(): boolean; clips(): number }) {
    collectDefaultMetrics({ register: this.#registry });
    const registers = [this.#registry];
    new Gauge({
      name: 'etude_queue_clips',
      help: 'Clips that wait or are being computed.',
      registers,
      collect() {
        this.set(state.clips());
      },
    });
    new Gauge({
      name: 'etude_ready',
      help: '1 if the model is loaded.',
      registers,
      collect() {
        this.set(state.isReady() ? 1 : 0);
      },
    });
  }

  /** Counts a request. Call what it returns with the status of the answer. */
  begin(route: string): (status: number) => void {
    const start = performance.now();
    // Whoever reads the metrics is not counted in them.
    const load = route === '/metrics' ? 0 : 1;
    this.#inFlight.inc(load);
    return (status) => {
      this.#inFlight.dec(load);
      this.#requests.inc({ route, status: String(status) });
      this.#durations.observe({ route }, (performance.now() - start) / 1000);
    };
  }

  batch({ clips, seconds, resident }: { clips: number; seconds: number; resident: number }): void {
    this.#batches.observe(clips);
    this.#computing.observe(seconds);
    this.#resident.set(resident);
  }

  restart(): void {
    this.#restarts.inc();
  }

  /** In Prometheus's text format. */
  async text(): Promise<{ type: string; body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  close(): void {
    this.#registry.clear();
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] });
  }
}
