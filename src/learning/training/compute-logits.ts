import type { BatchSource } from './batches.js';
import type { LogitsOf } from './logits-session.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

/**
 * Logits of rows 0 to size − 1, in batches, in order: [rows, classes].
 *
 * @param progress Called with the number of rows done.
 */
export async function computeLogits(
  source: BatchSource,
  size: number,
  batchSize: number,
  graph: LogitsOf,
  signal: AbortSignal,
  progress: (done: number) => void = () => {},
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  graph.renew?.();
  for (let start = 0; start < size; start += batchSize) {
    const rows = Array.from({ length: Math.min(batchSize, size - start) }, (_, index) => start + index);
    parts.push(graph.compute(await source(rows)));
    progress(start + rows.length);
    await yieldToEventLoop(signal);
  }
  const joined = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
