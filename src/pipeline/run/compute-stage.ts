import { inspect } from 'node:util';
import { SourcesChanged } from '../../stage/sources-changed.js';
import { EtudeError, systemMessage } from '../../util/errors.js';
import { shortage } from '../../util/shortage.js';
import type { DiskCache } from '../cache/open-cache.js';
import { placeOf } from '../recipe/recipe-paths.js';
import { importStageType } from './bundled-stages.js';
import { ProgressThrottle } from './events/progress-throttle.js';
import { fetchSources } from './fetch-sources.js';
import { guardStage, type StageGuard } from './guard/guard-stage.js';
import { isAbort } from './is-abort.js';
import { chunksOf } from './shard-chunks.js';
import { checkProgress, checkResult } from './stage-result.js';
import type { StageMessage, StageOutput, StageTask } from './stage-task.js';
import { Warnings } from './warnings.js';

export interface ComputeOptions {
  cache: DiskCache;
  signal: AbortSignal;
  /** Called with progress and what the stage logs. */
  send(message: StageMessage): void;
  /**
   * How many stages this process has computed before: each gets its own modules. Absent in a process that
   * computes only one, and stores what it learnt about files immediately.
   */
  served?: number;
}

/** The outcome of a stage, and whether another one of its type can run after it in the same process. */
export interface Computed {
  output: StageOutput;
  /** False if the stage loaded something stateful: packages, or CommonJS modules. */
  isFresh: boolean;
}

/** Computes one stage in this process. Resolves whatever happens in the stage. */
export async function computeStage(task: StageTask, options: ComputeOptions): Promise<Computed> {
  const { cache, signal, send, served } = options;
  let guard: StageGuard | undefined;
  const throttle = new ProgressThrottle((progress) => send({ type: 'progress', progress }));
  // A user's module can return anything.
  const report = (progress: unknown) => {
    const checked = checkProgress(progress);
    if (checked !== undefined) throttle.push(checked);
  };
  const compute = async (): Promise<StageOutput> => {
    const log = (level: 'info' | 'warning', text: string) => send({ type: 'log', level, text });
    const place = placeOf(task.recipe);
    const warnings = new Warnings();
    await fetchSources(task.sources, place, {
      signal,
      progress: report,
      log: (text) => log('warning', text),
    });
    throttle.flush();
    guard = await guardStage(task, place, cache);
    const { default: type } = await importStageType(task, guard.moduleUrl(served));
    const { chunks, used } = chunksOf(task, cache.chunks);
    const result: unknown = await type.run({
      params: task.params,
      inputs: task.inputs,
      clips: task.clips,
      sources: task.sources,
      place,
      objects: cache.objects,
      chunks,
      scratch: task.scratch,
      runName: task.runName,
      shard: task.shard,
      kept: task.kept,
      code: task.code,
      engine: task.engine,
      device: task.device,
      cores: task.cores,
      signal,
      progress: report,
      log: (level, text) => {
        log(level === 'warning' ? 'warning' : 'info', String(text));
        if (level === 'warning') warnings.add(String(text));
      },
    });
    throttle.flush();
    if (served === undefined) await cache.flush();
    const verdict = await guard.verdict();
    if (verdict !== undefined) return verdict;
    const { artifact, rowsComputed, summary, kept } = checkResult(result, type.output);
    const shard = used === undefined ? {} : { chunks: used };
    return { type: 'success', artifact, rowsComputed, summary, warnings: warnings.list(), kept, ...shard };
  };
  try {
    return { output: await compute(), isFresh: guard?.isFresh() ?? true };
  } catch (error) {
    if (signal.aborted && isAbort(error)) return { output: { type: 'aborted' }, isFresh: false };
    if (error instanceof SourcesChanged)
      return { output: { type: 'changed', what: 'source', names: error.names }, isFresh: false };
    // The error may be a consequence of files that changed, or come from the guard itself.
    const verdict = await guard?.verdict().catch(() => undefined);
    return { output: verdict ?? failure(error), isFresh: false };
  }
}

/** An error as it is sent to the runner. */
export function failure(error: unknown): StageOutput {
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
