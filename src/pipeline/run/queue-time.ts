import type { JobNote } from './executor.js';

/** How long the jobs of a stage have waited in a scheduler's queue. */
export class QueueTime {
  #waited = 0;
  #since: number | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  note(state: JobNote['state']): void {
    const now = this.now();
    if (this.#since !== undefined) this.#waited += now - this.#since;
    this.#since = state === 'running' ? undefined : now;
  }

  get seconds(): number {
    const current = this.#since === undefined ? 0 : this.now() - this.#since;
    return (this.#waited + current) / 1000;
  }
}
