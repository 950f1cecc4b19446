import type { Renderer, RunEvent } from './events.js';

/**
 * An event before it is stamped. Distributes over the union, so that `type` still determines the other
 * fields.
 */
export type UnstampedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** The single stream of a run: stamps each event and passes it to every listener in order. */
export class EventStream {
  readonly #began = performance.now();
  readonly #listeners: ((event: RunEvent) => void)[];

  constructor(renderer: Pick<Renderer, 'event'>, ...listeners: ((event: RunEvent) => void)[]) {
    this.#listeners = [(event) => renderer.event(event), ...listeners];
  }

  /** Seconds since the run began. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  emit(event: UnstampedEvent): RunEvent {
    const stamped = { at: Math.round(performance.now() - this.#began), ...event } as RunEvent;
    for (const listener of this.#listeners) listener(stamped);
    return stamped;
  }
}
