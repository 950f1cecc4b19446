import type * as Ort from 'onnxruntime-common';
import type { Native, NativeSession } from './native-binding.js';
import { SpinChoice } from './spin-choice.js';

/** A session whose threads spin if that is faster (see `SpinChoice`). Both ways give the same bits. */
export class ChoosingSession implements NativeSession {
  readonly #open: (spin: boolean) => NativeSession;
  readonly #sleeping: NativeSession;
  readonly #choice: SpinChoice;
  /** `null` if it could not be opened. */
  #spinning: NativeSession | null | undefined;

  /**
   * @param options Makes the session's options for threads that spin, or do not.
   * @param model Kept: it is opened again once spinning is tried.
   */
  constructor(
    native: Pick<Native, 'open'>,
    model: Uint8Array,
    options: (spin: boolean) => Ort.InferenceSession.SessionOptions,
    choice = new SpinChoice(),
  ) {
    this.#open = (spin) => native.open(model, options(spin));
    this.#sleeping = this.#open(false);
    this.#choice = choice;
  }

  run(...args: Parameters<NativeSession['run']>): ReturnType<NativeSession['run']> {
    const session = (this.#choice.begin() && this.#trial()) || this.#sleeping;
    const start = performance.now();
    try {
      return session.run(...args);
    } finally {
      this.#choice.end(performance.now() - start);
    }
  }

  /** A second session needs memory, and is only a trial: if there is no room for it, it goes on without. */
  #trial(): NativeSession | null {
    if (this.#spinning !== undefined) return this.#spinning;
    try {
      this.#spinning = this.#open(true);
    } catch {
      this.#spinning = null;
    }
    return this.#spinning;
  }

  dispose(): void {
    this.#sleeping.dispose();
    this.#spinning?.dispose();
  }
}
