import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunEvent, StageOutcome } from '../../src/pipeline/run/events/run-events.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.cjs', import.meta.url));

/** How a process ended, and everything that it printed. */
export interface Result {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** What a run did. */
export interface Ran {
  events: RunEvent[];
  finished: Extract<RunEvent, { type: 'run-finished' }>;
  /** Stage id -> its line in the summary. */
  stages: Record<string, StageOutcome>;
}

/** Starts the built `etude …` in a folder, as the leader of a process group. */
export function startEtude(
  args: readonly string[],
  { cwd, env, stdin = 'ignore' }: { cwd: string; env: NodeJS.ProcessEnv; stdin?: 'ignore' | 'pipe' },
): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], {
    cwd,
    // The test runner marks its children, whose output would be taken for test results.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1', ...env },
    detached: true,
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** Waits for a process to end, and collects what it prints from now on. */
export function finish(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The events that `etude run --progress json` has printed. */
export function parseRun<R extends Result>(result: R): R & Ran {
  const events = result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
  return { ...result, ...ranOf(events, result) };
}

/** A run by its events. */
export function ranOf(events: RunEvent[], context?: unknown): Ran {
  const finished = events.findLast((event) => event.type === 'run-finished');
  if (finished === undefined) throw new Error(`no run-finished: ${JSON.stringify(context)}`);
  return { events, finished, stages: Object.fromEntries(finished.stages.map((stage) => [stage.id, stage])) };
}

/** `id: status` of every stage, for one assertion on all of them. */
export function statuses({ finished }: Ran): Record<string, string> {
  return Object.fromEntries(finished.stages.map(({ id, status }) => [id, status]));
}

/** The warnings of a run, or of one stage. */
export function warningsOf({ events }: Ran, stage?: string): string[] {
  return events.flatMap((event) => {
    if (stage === undefined) return event.type === 'warning' ? [event.text] : [];
    return event.type === 'stage-log' && event.level === 'warning' && event.id === stage ? [event.text] : [];
  });
}
