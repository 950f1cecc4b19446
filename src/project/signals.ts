/** What stops work on a pipeline, and what kills it. */
export interface Signals {
  signal: AbortSignal;
  kill: AbortSignal;
}

/** The signals that were given, instead of each other one that never aborts. */
export function signalsOf({ signal, kill }: Partial<Signals>): Signals {
  const { signal: never } = new AbortController();
  return { signal: signal ?? never, kill: kill ?? never };
}
