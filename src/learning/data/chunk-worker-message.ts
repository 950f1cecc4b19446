import type { PlainError } from '../../util/plain-error.js';
import type { ChunkResult } from './chunk-transform.js';

/** What a worker thread sends. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'rows'; rows: number }
  | { type: 'done'; result: ChunkResult }
  | { type: 'failed'; error: PlainError };
