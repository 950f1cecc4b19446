import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/make-folder.js';
import type { Progress } from '../../stage/stage-type.js';
import { isBundled } from './bundled-stages.js';
import { listenForStop } from './listen-for-stop.js';
import { keepingMemory } from './malloc-settings.js';
import type { StageMessage, StageOutput, StageTask } from './stage-task.js';
import { crash, startProcess, wasStopped } from './start-stage-process.js';

/** Receives a stage's messages while it runs, and can stop it. */
export interface StageListener {
  /** Asks the stage to save its state and stop. */
  signal: AbortSignal;
  /** Kills it. */
  kill: AbortSignal;
  onProgress(progress: Progress): void;
  onLog(level: 'info' | 'warning', text: string): void;
}

export interface StageProcessOptions extends StageListener {
  /** A folder for the task, the output and the log of this stage. */
  folder: string;
}

/**
 * Computes one stage in a separate process, so that a crash, native memory and synchronous compute touch
 * neither the runner nor the terminal. Resolves with the stage's output; a process that dies silently is a
 * failure that says how it died.
 */
export async function runStageProcess(task: StageTask, options: StageProcessOptions): Promise<StageOutput> {
  await makeFolder(options.folder);
  const output = join(options.folder, 'output.json');
  const taskFile = join(options.folder, 'task.json');
  await rm(output, { force: true });
  await writeFile(taskFile, JSON.stringify({ ...task, output }));

  const { child, lines, ended } = startProcess([taskFile], {
    bundled: isBundled(task),
    env: keepingMemory(process.env),
  });
  lines.listener = (line) => options.onLog('info', line);
  let unwritten: StageOutput | undefined;
  child.on('message', (message: StageMessage) => {
    if (message.type === 'progress') options.onProgress(message.progress);
    else if (message.type === 'unwritten') unwritten = message.output;
    else if (message.type === 'log') options.onLog(message.level, message.text);
  });
  const stop = listenForStop(options, {
    abort: () => child.connected && child.send({ type: 'abort' }, () => undefined),
    kill: () => child.kill('SIGKILL'),
  });
  try {
    const ending = await ended;
    const left = unwritten ?? (await readOutput(output));
    if (left !== undefined) return left;
    if (wasStopped(ending, options)) return { type: 'aborted' };
    throw crash(task.stage, ending, lines.last);
  } finally {
    stop.dispose();
  }
}

async function readOutput(file: string): Promise<StageOutput | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StageOutput;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
