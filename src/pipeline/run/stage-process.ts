import { type ChildProcess, fork } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../files/make-folder.js';
import type { Progress } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { isAboutMemory, shortageAtDeath } from '../../util/resources.js';
import type { StageMessage, StageOutput, StageTask } from './stage-task.js';

/** How much of a crashed process's last words is kept for the message. */
const LAST_LINES = 5;

export interface StageProcessOptions {
  /** A folder for the task, the output and the log of this stage. */
  folder: string;
  /** Asks the stage to save its state and stop. */
  signal: AbortSignal;
  /** Kills it. */
  kill: AbortSignal;
  onProgress(progress: Progress): void;
  onLog(level: 'info' | 'warning', text: string): void;
}

/**
 * Computes one stage in a process of its own, so that a crash, native memory and synchronous compute touch
 * neither the runner nor the terminal. Resolves with what the stage left behind; a process that dies without
 * a word is a failure that tells how it died.
 */
export async function runStageProcess(
  task: Omit<StageTask, 'output'>,
  options: StageProcessOptions,
): Promise<StageOutput> {
  await makeFolder(options.folder);
  const output = join(options.folder, 'output.json');
  const taskFile = join(options.folder, 'task.json');
  await rm(output, { force: true });
  await writeFile(taskFile, JSON.stringify({ ...task, output } satisfies StageTask));

  const child = fork(mainModule(), [taskFile], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const lastLines = collectLines(child, options);
  let unwritten: StageOutput | undefined;
  child.on('message', (message: StageMessage) => {
    if (message.type === 'progress') options.onProgress(message.progress);
    else if (message.type === 'unwritten') unwritten = message.output;
    else options.onLog(message.level, message.text);
  });
  const abort = () => child.connected && child.send({ type: 'abort' }, () => undefined);
  const kill = () => child.kill('SIGKILL');
  listen(options.signal, abort);
  listen(options.kill, kill);
  try {
    const ending = await ended(child);
    const left = unwritten ?? (await readOutput(output));
    if (left !== undefined) return left;
    if (options.kill.aborted) return { type: 'aborted' };
    throw crash(task.stage, ending, lastLines);
  } finally {
    options.signal.removeEventListener('abort', abort);
    options.kill.removeEventListener('abort', kill);
  }
}

/** The child's entry beside this module, with the same extension (`.js` when built, `.ts` in development). */
function mainModule(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./stage-main.${extension}`, import.meta.url));
}

function listen(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** What a stage prints becomes log lines; the last ones are kept for the message of a crash. */
function collectLines(child: ChildProcess, options: StageProcessOptions): string[] {
  const last: string[] = [];
  const read = (stream: Readable | null) => {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return;
      // Whatever stack follows it.
      if (last.length === LAST_LINES) last.splice(isAboutMemory(last[0]!) ? 1 : 0, 1);
      last.push(line);
      options.onLog('info', line);
    });
  };
  read(child.stdout);
  read(child.stderr);
  return last;
}

async function readOutput(file: string): Promise<StageOutput | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StageOutput;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function crash(stage: string, ending: Ending, lastLines: string[]): EtudeError {
  const short = shortageAtDeath(ending, lastLines);
  if (short !== undefined) {
    const { expected, got, hint } = short;
    return new EtudeError(`stage '${stage}' ran out of memory`, { expected, got, hint });
  }
  const how = ending.signal === null ? `exit code ${ending.code}` : `signal ${ending.signal}`;
  return new EtudeError(`the process of stage '${stage}' died (${how})`, {
    got: lastLines.length === 0 ? undefined : lastLines.join('\n           '),
    hint:
      ending.signal === 'SIGKILL'
        ? 'The system kills processes like this when memory runs out. Smaller batches need less.'
        : 'What it had finished is kept: run again to go on from there.',
  });
}
