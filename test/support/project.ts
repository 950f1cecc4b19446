import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent, StageOutcome } from '../../src/pipeline/run/events.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.cjs', import.meta.url));

export interface Result {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunResult extends Result {
  events: RunEvent[];
  finished: Extract<RunEvent, { type: 'run-finished' }>;
  /** Stage id -> its line in the summary. */
  stages: Record<string, StageOutcome>;
}

/** A temporary project of a user's, and the built command line as a user runs it. */
export class Project {
  readonly dir = mkdtempSync(join(tmpdir(), 'etude-project-'));
  /**
   * More variables for its processes, which by themselves see neither the Hub nor the cache and the keys of
   * whoever runs the tests.
   */
  env: Record<string, string> = {
    HF_HUB_OFFLINE: '1',
    HF_HOME: join(this.dir, 'huggingface'),
    XDG_CONFIG_HOME: join(this.dir, 'config'),
  };

  /** Another project with the same files, cache included, as if it had been made and run there. */
  copy(): Project {
    const copy = new Project();
    cpSync(this.dir, copy.dir, { recursive: true, verbatimSymlinks: true });
    const own = Object.entries(this.env).map(([name, value]) => [name, value.replace(this.dir, copy.dir)]);
    copy.env = Object.fromEntries(own);
    return copy;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Replaces text that must be there. */
  edit(name: string, from: string, to: string): void {
    const text = this.read(name);
    if (!text.includes(from)) throw new Error(`'${from}' is not in ${name}`);
    this.write(name, text.replace(from, to));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Starts `etude …` in the project, as the leader of a process group. */
  start(...args: string[]): ChildProcess {
    const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', ETUDE_CACHE_DIR: '', ...this.env };
    delete env.ETUDE_CACHE_DIR;
    // The test runner marks its children; what they print would be taken for test results.
    delete env.NODE_TEST_CONTEXT;
    return spawn(process.execPath, [CLI, ...args], {
      cwd: this.dir,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async etude(...args: string[]): Promise<Result> {
    return finish(this.start(...args));
  }

  /** `etude run recipe.yaml --progress json …`, its events parsed. */
  async run(...args: string[]): Promise<RunResult> {
    const recipe = args[0]?.endsWith('.yaml') ? args.shift()! : 'recipe.yaml';
    return parseRun(await this.etude('run', recipe, '--progress', 'json', ...args));
  }
}

/** Waits for a process to end, and collects what it printed. */
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

export function parseRun(result: Result): RunResult {
  const events = result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
  const finished = events.at(-1);
  if (finished?.type !== 'run-finished') throw new Error(`no run-finished: ${JSON.stringify(result)}`);
  const stages = Object.fromEntries(finished.stages.map((stage) => [stage.id, stage]));
  return { ...result, events, finished, stages };
}

/** `id: status` of every stage, for one assertion on all of them. */
export function statuses(run: RunResult): Record<string, string> {
  return Object.fromEntries(run.finished.stages.map(({ id, status }) => [id, status]));
}
