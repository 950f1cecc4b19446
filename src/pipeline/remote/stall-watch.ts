/** Aborts what stops accepting data. */
export interface StallWatch {
  /** Aborted with the error after a time without a sign of life, or along with `signal`. */
  readonly signal: AbortSignal;
  /** A sign of life: the time starts again. */
  touch(): void;
  /** Stops watching. */
  end(): void;
}

/** Watches something that may stall for at most `ms`. */
export function watchStalls(ms: number, error: () => Error, signal?: AbortSignal): StallWatch {
  const own = new AbortController();
  const stalled = () => own.abort(error());
  let timer = setTimeout(stalled, ms);
  let ended = false;
  return {
    signal: signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]),
    touch() {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(stalled, ms);
    },
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
