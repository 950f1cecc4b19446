/** Given a killed run, how long its record and the terminal may take to be put in order. */
const PATIENCE_MS = 3000;

export interface Interrupts {
  /** Aborted by the first Ctrl-C (or SIGTERM, or the terminal's closing): save and stop. */
  readonly signal: AbortSignal;
  /** Aborted by the second: kill. */
  readonly kill: AbortSignal;
  dispose(): void;
}

/** Listens for Ctrl-C. `giveUp` is called when even killing does not end the run in time. */
export function listenForInterrupts(giveUp: () => void): Interrupts {
  const soft = new AbortController();
  const hard = new AbortController();
  const interrupted = () => {
    if (!soft.signal.aborted) soft.abort();
    else if (!hard.signal.aborted) {
      hard.abort();
      setTimeout(giveUp, PATIENCE_MS).unref();
    } else giveUp();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupted);
  return {
    signal: soft.signal,
    kill: hard.signal,
    dispose() {
      for (const name of signals) process.off(name, interrupted);
    },
  };
}
