import { constants } from 'node:os';

/** How long the record and the terminal of a killed run may take to be cleaned up. */
const PATIENCE_MS = 3000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Aborted by the first Ctrl-C (or SIGTERM, or the terminal's closing): save and stop. */
  readonly signal: AbortSignal;
  /** Aborted by the second: kill. */
  readonly kill: AbortSignal;
  /**
   * The exit code of a command that was interrupted: 130 for Ctrl-C, 143 for SIGTERM, 129 for the terminal's
   * closing.
   */
  readonly exitCode: number;
  dispose(): void;
}

/**
 * Listens for Ctrl-C and similar signals. If even killing does not end the work in time, the process exits.
 */
export function listenForInterrupts(): Interrupts {
  const soft = new AbortController();
  const hard = new AbortController();
  let exitCode = exitCodeOfSignal('SIGINT');
  const giveUp = () => process.exit(exitCode);
  const interrupted = (signal: (typeof SIGNALS)[number]) => {
    if (!soft.signal.aborted) {
      exitCode = exitCodeOfSignal(signal);
      soft.abort();
    } else if (!hard.signal.aborted) {
      hard.abort();
      setTimeout(giveUp, PATIENCE_MS).unref();
    } else giveUp();
  };
  for (const name of SIGNALS) process.on(name, interrupted);
  return {
    signal: soft.signal,
    kill: hard.signal,
    get exitCode() {
      return exitCode;
    },
    dispose() {
      for (const name of SIGNALS) process.off(name, interrupted);
    },
  };
}

function exitCodeOfSignal(signal: (typeof SIGNALS)[number]): number {
  return 128 + constants.signals[signal];
}
