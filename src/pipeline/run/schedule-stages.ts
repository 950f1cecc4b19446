import PQueue from 'p-queue';
import type { PipelineStage } from '../recipe/pipeline.js';

/** How a stage left the schedule: `done` lets its dependants start. */
export type StageEnd = 'done' | 'failed' | 'skipped';

export interface ScheduleOptions {
  /** Stages that may run at the same time on this machine. */
  jobs: number;
  /** Stages that another machine computes, and how many of them may be there at the same time. */
  elsewhere?: { most: number; has(stage: PipelineStage): boolean };
  /** Continue with stages that do not depend on a failed one. */
  keepGoing: boolean;
  signal: AbortSignal;
  /** Runs a stage whose inputs are all done. */
  run(stage: PipelineStage): Promise<StageEnd>;
  /** Called for each stage that never starts, with the reason. */
  skip(stage: PipelineStage, because: string): void;
}

/**
 * Runs the stages of a pipeline, each once all its inputs are done, at most `jobs` at a time; those that use
 * all cores by themselves (`cores: 'all'`) one at a time. Those that are computed elsewhere do not count.
 * After a failure nothing more is started (unless `keepGoing`); running stages are left to finish.
 *
 * @param stages in topological order
 */
export async function schedule(stages: readonly PipelineStage[], options: ScheduleOptions): Promise<void> {
  const queue = new PQueue({ concurrency: options.jobs });
  const wide = new PQueue({ concurrency: 1 });
  const away = new PQueue({ concurrency: options.elsewhere?.most ?? 1 });
  const ends = new Map<string, Promise<StageEnd>>();
  /** Why the dependents of a stage cannot run: the root cause, not the previous link. */
  const reasons = new Map<string, string>();
  let failed: string | undefined;

  const start = async (stage: PipelineStage): Promise<StageEnd> => {
    const blocker = await firstNotDone(stage, ends);
    if (blocker !== undefined) return skipped(stage, reasons.get(blocker)!);
    if (options.elsewhere?.has(stage)) return away.add(() => attempt(stage));
    return stage.type.cores === 'all'
      ? wide.add(() => queue.add(() => attempt(stage)))
      : queue.add(() => attempt(stage));
  };
  const attempt = async (stage: PipelineStage): Promise<StageEnd> => {
    if (options.signal.aborted) return skipped(stage, 'cancelled');
    if (failed !== undefined && !options.keepGoing) return skipped(stage, `${failed} failed`);
    const end = await options.run(stage);
    if (end === 'failed') failed ??= stage.id;
    if (end !== 'done') reasons.set(stage.id, end === 'failed' ? `${stage.id} failed` : 'cancelled');
    return end;
  };
  const skipped = (stage: PipelineStage, because: string): StageEnd => {
    reasons.set(stage.id, because);
    options.skip(stage, because);
    return 'skipped';
  };

  for (const stage of stages) ends.set(stage.id, start(stage));
  await Promise.all(ends.values());
}

/** The first input that did not get done, by id; waits for all inputs. */
async function firstNotDone(
  stage: PipelineStage,
  ends: Map<string, Promise<StageEnd>>,
): Promise<string | undefined> {
  const inputs = Object.values(stage.from);
  const results = await Promise.all(inputs.map((id) => ends.get(id)));
  return inputs.find((_, index) => results[index] !== 'done');
}
