import { type DiskCache, openCache } from '../cache/open-cache.js';
import { computeStage, failure } from './compute-stage.js';
import { endWithRunner } from './end-with-runner.js';
import { unwatchFiles } from './guard/watch-files.js';
import { ProcessSnapshot } from './process-snapshot.js';
import type { StageCommand, StageMessage, StageTask } from './stage-task.js';

/**
 * After this many stages, a process has loaded that many copies of their modules, and is replaced by a new
 * one.
 */
const MOST_STAGES = 500;
/** It is also replaced if it has grown by this much since its first stage. Bytes. */
const MOST_GROWTH = 128 * 2 ** 20;
/** How often what was learnt about files is written while stages keep coming. */
const FLUSH_MS = 2000;

/**
 * Computes stages of one type as the runner sends them, one at a time, until it sends `end`, or a stage
 * leaves something behind that the next one must not see: then this process ends.
 */
export function serveStages(send: (message: StageMessage) => void): void {
  let cache: DiskCache | undefined;
  let controller = new AbortController();
  let served = 0;
  let size = Number.POSITIVE_INFINITY;
  let flushed = performance.now();

  // Anything that a stage leaves behind ends the process, so that each stage finds what the first one found.
  let snapshot: ProcessSnapshot | undefined;

  const serve = async (task: StageTask) => {
    const isDone = endWithRunner(task);
    // They are opened when they are first used, as below.
    void [process.stdout, process.stderr];
    snapshot ??= new ProcessSnapshot();
    controller = new AbortController();
    const { signal } = controller;
    const compute = async () => {
      if (cache?.dir !== task.cacheDir) {
        // It is no business of the last stage's guard.
        unwatchFiles();
        cache = await openCache(task.cacheDir, { shareDerived: true });
      }
      return computeStage(task, { cache, signal, send, served });
    };
    const { output, isFresh } = await compute().catch((error: unknown) => ({
      output: failure(error),
      isFresh: false,
    }));
    await isDone();
    served += 1;
    const now = process.memoryUsage.rss();
    if (served === 1) size = now;
    const isLast =
      !isFresh || served >= MOST_STAGES || now - size > MOST_GROWTH || (await snapshot.hasChanged());
    if (isLast || performance.now() - flushed > FLUSH_MS) {
      await cache?.flush();
      flushed = performance.now();
    }
    const said = { stdout: process.stdout.bytesWritten, stderr: process.stderr.bytesWritten };
    send({ type: 'done', output, isLast, said });
  };
  const flush = () => cache?.flush() ?? Promise.resolve();
  process.on('message', (command: StageCommand) => {
    if (command.type === 'abort') controller.abort();
    else if (command.type === 'task') void serve(command.task);
    else if (command.type === 'rest')
      void flush().finally(() => {
        cache = undefined;
        send({ type: 'rested' });
      });
    // Explicitly, because a stage may leave native threads or workers behind.
    else void flush().finally(() => process.exit(0));
  });
}
