import type { Chunk, ObjectRef } from './artifact.js';
import type { DerivedFrom } from './derivation.js';

/** The content store as a stage sees it. */
export interface Objects {
  /**
   * Stores bytes (parts are joined) and returns their name; storing existing bytes costs nothing but the
   * hash. Of parts that come one by one, only one is in memory at a time.
   *
   * @param from how the same bytes can be made again: they then need not be stored
   */
  put(
    bytes: Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>,
    from?: DerivedFrom,
  ): Promise<ObjectRef>;
  /** Stores a copy of a file. */
  putFile(path: string): Promise<ObjectRef>;
  /**
   * The bytes, verified against the digest when first used. Throws `DamagedObjectError` if they are missing
   * or wrong.
   */
  read(ref: ObjectRef): Promise<Uint8Array>;
  /** A path to read the object from (never to write to), verified in the same way. */
  pathOf(ref: ObjectRef): Promise<string>;
}

/**
 * Finished chunks of incremental stages, stored under (chunk digest, transform fingerprint) whatever dataset
 * they belong to.
 */
export interface ChunkResults {
  /** `undefined` also if an object of the result is missing or damaged. */
  get(key: string): Promise<Chunk | undefined>;
  set(key: string, result: Chunk): Promise<void>;
}
