/**
 * The entry of a stage process: `node stage-main.js task.json`. Computes one stage and writes its output
 * beside the task. Needs nothing of the runner but the file; over an IPC channel, where there is one, it
 * tells its progress and hears `abort`.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { writeError } from '../../files/fs-errors.js';
import { SourcesChanged } from '../../stage/sources-changed.js';
import type { StageType } from '../../stage/stage-type.js';
import { EtudeError, systemMessage } from '../../util/errors.js';
import { shortage } from '../../util/resources.js';
import { openCache } from '../cache/open-cache.js';
import { placeOf } from '../recipe/place.js';
import { isAbort } from './abort.js';
import { endWithParent } from './end-with-parent.js';
import { fetchSources } from './fetch-sources.js';
import { guardStage, type StageGuard } from './guard/guard-stage.js';
import { ProgressThrottle } from './progress-throttle.js';
import { checkProgress, checkResult } from './stage-result.js';
import type { StageCommand, StageMessage, StageOutput, StageTask } from './stage-task.js';
import { Warnings } from './warnings.js';

const controller = new AbortController();

process.on('message', (command: StageCommand) => {
  if (command.type === 'abort') controller.abort();
});
// Without its runner a stage's result could be committed by nobody: what is worth keeping is in its scratch
// folder already.
process.on('disconnect', () => process.exit(1));
if (process.connected) endWithParent();
// A terminal sends Ctrl-C, and its closing, to the whole group; the runner decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const taskFile = process.argv[2];
if (taskFile === undefined) throw new Error('usage: stage-main.js task.json');
const task = JSON.parse(await readFile(taskFile, 'utf8')) as StageTask;
const output = await compute(task);
await leave(output);
// Explicitly, because a stage may leave native threads or workers behind that would keep the process alive.
process.exit(output.type === 'success' ? 0 : 1);

/** Writes the output by rename; where the disk refuses it, the runner is told so over the channel. */
async function leave(output: StageOutput): Promise<void> {
  try {
    await writeFile(`${task.output}.part`, JSON.stringify(output));
    await rename(`${task.output}.part`, task.output);
  } catch (error) {
    const unwritten = failure(writeError(error, dirname(task.output)));
    await new Promise((resolve) => process.send?.({ type: 'unwritten', output: unwritten }, resolve));
    process.exit(1);
  }
}

async function compute(task: StageTask): Promise<StageOutput> {
  let guard: StageGuard | undefined;
  const throttle = new ProgressThrottle((progress) => send({ type: 'progress', progress }));
  // What a module of the user's hands over may be anything.
  const tell = (progress: unknown) => {
    const checked = checkProgress(progress);
    if (checked !== undefined) throttle.push(checked);
  };
  try {
    const cache = await openCache(task.cacheDir);
    const log = (level: 'info' | 'warning', text: string) => send({ type: 'log', level, text });
    const place = placeOf(task.recipe);
    const warnings = new Warnings();
    await fetchSources(task.sources, place, {
      signal: controller.signal,
      progress: tell,
      log: (text) => log('warning', text),
    });
    throttle.flush();
    guard = await guardStage(task, place, cache);
    const { default: type } = (await import(pathToFileURL(task.module).href)) as { default: StageType };
    const result: unknown = await type.run({
      params: task.params,
      inputs: task.inputs,
      clips: task.clips,
      sources: task.sources,
      place,
      objects: cache.objects,
      chunks: cache.chunks,
      scratch: task.scratch,
      code: task.code,
      engine: task.engine,
      device: task.device,
      cores: task.cores,
      signal: controller.signal,
      progress: tell,
      log: (level, text) => {
        log(level === 'warning' ? 'warning' : 'info', String(text));
        if (level === 'warning') warnings.add(String(text));
      },
    });
    throttle.flush();
    await cache.flush();
    const verdict = await guard.verdict();
    if (verdict !== undefined) return verdict;
    const { artifact, rowsComputed, summary } = checkResult(result, type.output);
    return { type: 'success', artifact, rowsComputed, summary, warnings: warnings.list() };
  } catch (error) {
    if (controller.signal.aborted && isAbort(error)) return { type: 'aborted' };
    if (error instanceof SourcesChanged) return { type: 'changed', what: 'source', names: error.names };
    // What went wrong may come of files that changed, or be the guard's own word.
    return (await guard?.verdict().catch(() => undefined)) ?? failure(error);
  }
}

function failure(error: unknown): StageOutput {
  if (error instanceof EtudeError) {
    const { message, expected, got, where, hint } = error;
    return { type: 'failed', message, options: { expected, got, where, hint } };
  }
  const short = shortage(error);
  if (short !== undefined) return failure(short);
  const refused = systemMessage(error);
  if (refused !== undefined) return { type: 'failed', message: refused, options: {} };
  if (error instanceof Error)
    return { type: 'failed', message: error.message, options: {}, stack: error.stack ?? '' };
  return {
    type: 'failed',
    message: `it threw ${inspect(error)}, which is not an Error`,
    options: {},
    stack: '',
  };
}

function send(message: StageMessage): void {
  if (process.connected) process.send?.(message);
}
