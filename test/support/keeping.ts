import type { Keeping } from '../../src/learning/training/frozen/keeping.js';
import { MemoryChunkResults, MemoryObjects } from './memory-objects.js';

/** A place in memory for what frozen layers make of clips. */
export function memoryKeeping(): Keeping & { objects: MemoryObjects; chunks: MemoryChunkResults } {
  return { objects: new MemoryObjects(), chunks: new MemoryChunkResults(), code: 'test', engine: 'test' };
}
