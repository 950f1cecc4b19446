import type { Chunk } from './artifact.js';

/** The number, across all chunks, of each chunk's first row, and the total number of rows at the end. */
export function chunkStarts(chunks: readonly Chunk[]): number[] {
  const starts = [0];
  for (const chunk of chunks) starts.push(starts.at(-1)! + chunk.rows);
  return starts;
}
