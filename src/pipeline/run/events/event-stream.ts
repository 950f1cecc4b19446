import type { Renderer, RunEvent } from './run-events.js';

/**
 * An event before it is stamped. Distributes over the union, so that `type` still determines the other
 * fields.
 */
export type UnstampedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** The single stream of a run: stamps each event and passes it to the renderer and to the run's record. */
export class EventStream {
  readonly #began = performance.now();
  readonly #renderer: Pick<Renderer, 'event'>;
  readonly #record: (event: RunEvent) => void;

  constructor(renderer: Pick<Renderer, 'event'>, record: (event: RunEvent) => void) {
    this.#renderer = renderer;
    this.#record = record;
  }

  /** Seconds since the run began. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  emit(event: UnstampedEvent): RunEvent {
    const stamped = this.#stamp(event);
    this.#renderer.event(stamped);
    this.#record(stamped);
    return stamped;
  }

  /** Emits the last event: it is recorded, and shown after `close`, which may still emit warnings. */
  async end(event: Omit<Finished, 'at'>, close: (event: Finished) => Promise<void>): Promise<Finished> {
    const stamped = this.#stamp(event) as Finished;
    this.#record(stamped);
    await close(stamped);
    this.#renderer.event(stamped);
    return stamped;
  }

  #stamp(event: UnstampedEvent): RunEvent {
    return { at: Math.round(performance.now() - this.#began), ...event } as RunEvent;
  }
}
