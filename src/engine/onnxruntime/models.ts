import { availableParallelism } from 'node:os';
import type { Native } from './native-binding.js';
import { type ModelOptions, type OpenedModel, openModel } from './open-model.js';
import type { SessionOptions } from './sessions.js';

/** Models that are open beside what a back end records, with as many threads as it has. */
export class Models {
  readonly #opened = new Set<OpenedModel>();
  readonly #options: Pick<ModelOptions, 'threads' | 'spin'>;

  constructor(
    private readonly native: Native,
    { threads = availableParallelism(), spin }: SessionOptions,
  ) {
    this.#options = { threads, spin: spin === true };
  }

  /** See `openModel`. */
  open(model: Uint8Array, where: Pick<ModelOptions, 'output' | 'folder'>): OpenedModel {
    const opened = openModel(model, { ...this.#options, ...where }, this.native);
    this.#opened.add(opened);
    return opened;
  }

  /** Closes those that are still open. */
  close(): void {
    for (const model of this.#opened) model.dispose();
    this.#opened.clear();
  }
}
