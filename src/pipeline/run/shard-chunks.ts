import type { Chunk } from '../../stage/artifact.js';
import type { ChunkResults } from '../../stage/stage-type.js';
import type { StageTask } from './stage-task.js';

/**
 * The finished chunks that a stage sees: those of the cache and of its task; and, if it is a shard, what it
 * has found or made of them, for whoever does not share the cache.
 */
export function chunksOf(
  { shard, chunks: given = {} }: Pick<StageTask, 'shard' | 'chunks'>,
  cache: ChunkResults,
): { chunks: ChunkResults; used?: Record<string, Chunk> } {
  const used: Record<string, Chunk> = {};
  const chunks: ChunkResults = {
    async get(key) {
      const found = Object.hasOwn(given, key) ? given[key] : await cache.get(key);
      if (found !== undefined) used[key] = found;
      return found;
    },
    async set(key, result) {
      await cache.set(key, result);
      used[key] = result;
    },
  };
  return { chunks, ...(shard && { used }) };
}
