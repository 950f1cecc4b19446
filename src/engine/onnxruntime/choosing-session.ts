import type * as Ort from 'onnxruntime-common';
import type { Native, NativeSession } from './native-binding.js';
import { SpinChoice } from './spin-choice.js';

/** A session whose threads spin if that is faster (see `SpinChoice`). Both ways give the same bits. */
export class ChoosingSession implements NativeSession {
  readonly #open: (spin: boolean) => NativeSession;
  readonly #sleeping: NativeSession;
  readonly #choice: SpinChoice;
  #spinning: NativeSession | undefined;

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
    const spin = this.#choice.begin();
    if (spin) this.#spinning ??= this.#open(true);
    const session = spin ? this.#spinning! : this.#sleeping;
    const start = performance.now();
    try {
      return session.run(...args);
    } finally {
      this.#choice.end(performance.now() - start);
    }
  }

  dispose(): void {
    this.#sleeping.dispose();
    this.#spinning?.dispose();
  }
}
