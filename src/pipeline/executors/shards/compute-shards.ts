import type { Chunk } from '../../../stage/artifact.js';
import type { Shard } from '../../../stage/stage-type.js';
import type { WorkListener } from '../../run/executor.js';
import type { StageOutput } from '../../run/stage-task.js';
import { arrayOf, goingOn } from '../going-on.js';
import { ShardListeners } from './shard-listeners.js';

type Success = Extract<StageOutput, { type: 'success' }>;

/** What all shards of a stage have made: their chunks, and what it took. */
export interface Shards {
  chunks: Record<string, Chunk>;
  rowsComputed: number;
  /** Of the shard that took longest. */
  seconds: number;
}

/**
 * Computes all shards of a stage at once. If one fails, the others are asked to stop: what they have finished
 * is kept. Resolves to what the stage reports if not all have a result.
 *
 * @param one Computes a shard; `failed` is aborted once another one has failed.
 * @param folder Where their logs are, relative to the cache folder.
 */
export async function computeShards(
  count: number,
  listener: WorkListener,
  folder: string,
  one: (shard: Shard, listener: WorkListener, failed: AbortSignal) => Promise<StageOutput>,
): Promise<Shards | Exclude<StageOutput, Success>> {
  const failed = new AbortController();
  const signal = AbortSignal.any([listener.signal, failed.signal]);
  const listeners = new ShardListeners(count, listener, signal, folder);
  let first: { output: Exclude<StageOutput, Success> } | { error: unknown } | undefined;
  const left: { id: string; executor: string }[] = [];
  const outputs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      try {
        const output = await one({ index, count }, listeners.of(index), failed.signal);
        if (output.type === 'success') {
          listeners.ended(index);
          return output;
        }
        if (output.type === 'aborted' && output.left !== undefined) left.push(output.left);
        first ??= { output: numbered(output, index) };
      } catch (error) {
        first ??= { error };
      }
      // Whoever stops the run decides what becomes of its jobs.
      if (!listener.signal.aborted) failed.abort();
      return undefined;
    }),
  );
  if (first !== undefined && 'error' in first) throw first.error;
  if (first?.output.type === 'aborted' && left.length > 0) {
    const ids = [...new Set(left.map(({ id }) => arrayOf(id)))];
    return { type: 'aborted', because: goingOn(ids, left[0]!.executor) };
  }
  if (first !== undefined) return first.output;
  const all = outputs as Success[];
  return {
    chunks: Object.assign({}, ...all.map(({ chunks }) => chunks)) as Shards['chunks'],
    rowsComputed: all.reduce((sum, { rowsComputed = 0 }) => sum + rowsComputed, 0),
    seconds: Math.max(...all.map(({ seconds = 0 }) => seconds)),
  };
}

function numbered<T extends StageOutput>(output: T, index: number): T {
  return output.type === 'failed' ? { ...output, message: `shard ${index}: ${output.message}` } : output;
}
