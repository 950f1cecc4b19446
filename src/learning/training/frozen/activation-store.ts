import type { ChunkResults, Objects } from '../../../stage/stores.js';

/** Where results of frozen parts are kept, and what shapes their bytes besides model and clips. */
export interface ActivationStore {
  objects: Objects;
  chunks: ChunkResults;
  /** Digest of the code. */
  code: string;
  /** Engine, version and device. */
  engine: string;
}
