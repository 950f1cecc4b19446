/** Ends what takes no pieces any more. */
export interface StallWatch {
  /** Aborted with the error after a time without a sign, or with `signal`. */
  readonly signal: AbortSignal;
  /** A sign: the time begins again. */
  touch(): void;
  /** No more watching. */
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
