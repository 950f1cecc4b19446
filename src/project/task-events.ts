import { EventQueue } from '../pipeline/run/events/event-queue.js';
import type { RunEvent } from '../pipeline/run/events/run-events.js';

/**
 * Work on a pipeline in progress: iterate it for its events, once, and await `result` for its end. Iterating
 * is not needed.
 *
 * @example
 * for await (const event of task) if (event.type === 'stage-finished') console.log(event.id, event.status);
 * const result = await task.result;
 */
export class Task<Result> implements AsyncIterable<RunEvent> {
  readonly #events = new EventQueue();
  /** Rejects if the work could not be done; a stage that failed is part of a result. */
  readonly result: Promise<Result>;

  /**
   * @param work Receives the function to call with each event.
   */
  constructor(work: (emit: (event: RunEvent) => void) => Promise<Result>) {
    this.result = work((event) => this.#events.push(event));
    this.result.then(
      () => this.#events.end(),
      (error: unknown) => this.#events.end({ error }),
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.#events[Symbol.asyncIterator]();
  }
}
