/** What stops work on a pipeline, and what kills it. */
export interface Signals {
  signal: AbortSignal;
  kill: AbortSignal;
}

/** The given signals, with one that never aborts in place of each missing one. */
export function signalsOf({ signal, kill }: Partial<Signals>): Signals {
  const { signal: never } = new AbortController();
  return { signal: signal ?? never, kill: kill ?? never };
}
