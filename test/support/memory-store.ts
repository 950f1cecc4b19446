import type { ActivationCacheOptions } from '../../src/learning/training/frozen/activation-cache-options.js';
import { MemoryChunkResults, MemoryObjects } from './memory-objects.js';

/** A place in memory for what frozen layers make of clips. */
export function memoryStore(): ActivationCacheOptions & {
  objects: MemoryObjects;
  chunks: MemoryChunkResults;
} {
  return { objects: new MemoryObjects(), chunks: new MemoryChunkResults(), code: 'test', engine: 'test' };
}
