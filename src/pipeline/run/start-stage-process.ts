import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EtudeError, type EtudeErrorOptions } from '../../util/errors.js';
import { shortageAtDeath } from '../../util/shortage.js';
import { PrintedLines } from './printed-lines.js';

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  child: ChildProcess;
  /** Its output. */
  lines: PrintedLines;
  /** Resolves once it has ended and all its output has arrived. Rejects if it cannot be started. */
  ended: Promise<Ending>;
}

/**
 * Starts a stage process.
 *
 * @param options.bundled Whether it computes stages for which `isBundled` holds.
 * @param options.env Default: this process's.
 */
export function startProcess(
  args: readonly string[],
  { bundled, env = process.env }: { bundled: boolean; env?: NodeJS.ProcessEnv },
): StartedProcess {
  const child = fork(mainModule(bundled), args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
  const lines = new PrintedLines(child);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      lines.flush();
      resolve({ code, signal });
    });
  });
  return { child, lines, ended };
}

/**
 * The child's entry next to this module, with the same extension (`.js` when built, `.ts` in development).
 */
function mainModule(bundled: boolean): string {
  if (bundled) return fileURLToPath(new URL('./bundled-stage-main.cjs', import.meta.url));
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./stage-main.${extension}`, import.meta.url));
}

/**
 * Whether a process without a result ended because it was to: killed, or by what schedulers and terminals
 * send to all processes of a job, before it could ignore that.
 */
export function wasStopped(
  ending: Ending,
  { signal, kill }: { signal: AbortSignal; kill: AbortSignal },
): boolean {
  const isAsked = ending.signal !== null && ['SIGINT', 'SIGTERM', 'SIGHUP'].includes(ending.signal);
  return kill.aborted || (signal.aborted && isAsked);
}

/** A process that died without reporting anything about its stage. */
export class ProcessDied extends EtudeError {
  constructor(
    message: string,
    /** Whether memory ran out, as far as can be known. */
    readonly ofMemory: boolean,
    options: EtudeErrorOptions,
  ) {
    super(message, options);
  }
}

export function crash(stage: string, ending: Ending, lastLines: readonly string[]): ProcessDied {
  const short = shortageAtDeath(ending, lastLines);
  if (short !== undefined) {
    const { expected, got, hint } = short;
    return new ProcessDied(`stage '${stage}' ran out of memory`, true, { expected, got, hint });
  }
  const how = ending.signal === null ? `exit code ${ending.code}` : `signal ${ending.signal}`;
  const isKilled = ending.signal === 'SIGKILL';
  return new ProcessDied(`the process of stage '${stage}' died (${how})`, isKilled, {
    got: lastLines.length === 0 ? undefined : lastLines.join('\n           '),
    hint: isKilled
      ? 'The system kills processes this way when memory runs out. Smaller batches need less.'
      : 'What it had finished is kept: run again to continue from there.',
  });
}
