import type { ChunkResults, Objects } from '../../../stage/stores.js';

/** Where the outputs of frozen parts are cached, and what determines them besides model and clips. */
export interface ActivationCacheOptions {
  objects: Objects;
  chunks: ChunkResults;
  /** Digest of the code. */
  code: string;
  /** Engine, version and device. */
  engine: string;
}
