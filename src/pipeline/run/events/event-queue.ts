import type { RunEvent } from './run-events.js';

/**
 * Delivers the events of a run to its iterator, in order. Only the latest progress of a stage is kept, so
 * that a run that nobody watches needs no memory for it.
 */
export class EventQueue<Event extends { type: string; id?: unknown } = RunEvent>
  implements AsyncIterable<Event>
{
  readonly #waiting: Event[] = [];
  #wake: (() => void) | undefined;
  #end: { error?: unknown } | undefined;

  push(event: Event): void {
    const last = this.#waiting.at(-1);
    if (event.type === 'stage-progress' && last?.type === 'stage-progress' && last.id === event.id)
      this.#waiting.pop();
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** Ends the iteration once all events are read; with an error, it throws. */
  end(end: { error?: unknown } = {}): void {
    this.#end = end;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) yield event;
      else if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else await new Promise<void>((wake) => (this.#wake = wake));
    }
  }
}
