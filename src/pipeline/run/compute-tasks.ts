import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from '../../files/fs-errors.js';
import { openCache } from '../cache/open-cache.js';
import { computeStage, failure } from './compute-stage.js';
import { endWithRunner } from './end-with-runner.js';
import { serveStages } from './serve-stages.js';
import type { StageCommand, StageMessage, StageOutput, StageTask } from './stage-task.js';

/**
 * Computes the stages of this process: the one in the file that its argument names, whose output it writes
 * next to the task; without an argument one after another, as they come over the channel. Needs nothing from
 * the runner except the file; over an IPC channel, if there is one, it reports progress and receives `abort`.
 */
export function computeTasks(): void {
  // Without its runner nobody could commit the stage's result: what is worth keeping is already in its
  // scratch folder.
  process.on('disconnect', () => process.exit(1));
  // A terminal sends Ctrl-C, and its own closing, to the whole group; the runner decides what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

  const taskFile = process.argv[2];
  if (taskFile !== undefined) void computeOne(taskFile);
  else if (process.connected) serveStages(send);
  else throw new Error('a stage process takes the file of a task, or tasks over a channel');
}

async function computeOne(file: string): Promise<void> {
  const controller = new AbortController();
  process.on('message', (command: StageCommand) => {
    if (command.type === 'abort') controller.abort();
  });
  const task = JSON.parse(await readFile(file, 'utf8')) as StageTask & { output: string };
  endWithRunner(task);
  const output = await compute(task, controller.signal);
  await leave(output, task.output);
  // Explicitly, because a stage may leave native threads or workers behind that would keep the process alive.
  process.exit(output.type === 'success' ? 0 : 1);
}

async function compute(task: StageTask, signal: AbortSignal): Promise<StageOutput> {
  try {
    const cache = await openCache(task.cacheDir, { shareDerived: true });
    return (await computeStage(task, { cache, signal, send })).output;
  } catch (error) {
    return failure(error);
  }
}

/** Writes the output by rename; if that fails, the runner is informed over the channel. */
async function leave(output: StageOutput, file: string): Promise<void> {
  try {
    await writeFile(`${file}.part`, JSON.stringify(output));
    await rename(`${file}.part`, file);
  } catch (error) {
    const unwritten = failure(writeError(error, dirname(file)));
    await new Promise((resolve) => process.send?.({ type: 'unwritten', output: unwritten }, resolve));
    process.exit(1);
  }
}

function send(message: StageMessage): void {
  if (process.connected) process.send?.(message);
}
