import type { ChunkOutput, PlainError } from './chunk-transform.js';

/** What a worker thread sends. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'rows'; rows: number }
  | { type: 'done'; output: ChunkOutput }
  | { type: 'failed'; error: PlainError };
