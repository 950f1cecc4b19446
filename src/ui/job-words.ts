import type { StageOutcome } from '../pipeline/run/events/run-events.js';
import type { JobNote } from '../pipeline/run/executor.js';
import { formatDuration } from '../terminal/format.js';
import { clean } from '../terminal/line.js';

/**
 * A job as a person sees it: `queued 3m`, `slurm 1234`, why it waits, and which attempt it is.
 *
 * @param now Milliseconds since the run began.
 */
export function jobWords(job: JobNote & { since?: number }, now: number): string[] {
  const { executor, state, job: id, attempt, reason, since } = job;
  const waited = since === undefined || now - since < 1000 ? '' : ` ${formatDuration((now - since) / 1000)}`;
  return [
    `${state === 'running' ? 'runs' : state}${state === 'queued' ? waited : ''}`,
    `${clean(executor)}${id === undefined ? '' : ` ${clean(id)}`}`,
    shardsText(job),
    reason === undefined ? '' : clean(reason),
    attempt > 1 ? `attempt ${attempt}` : '',
  ].filter((word) => word !== '');
}

/** How many of the jobs that divide a stage have ended: `12/64 shards`. */
export function shardsText({ shards }: Pick<JobNote, 'shards'>): string {
  return shards === undefined ? '' : `${shards.done}/${shards.count} shards`;
}

/** How long the job of a stage waited, if for a second or more: `queued 3m 12s`. */
export function queuedText({ queuedSeconds = 0 }: Pick<StageOutcome, 'queuedSeconds'>): string {
  return queuedSeconds < 1 ? '' : `queued ${formatDuration(queuedSeconds)}`;
}
