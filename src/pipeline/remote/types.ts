/** Bytes as they come from a store that others share. */
export interface RemoteFile {
  /** Bytes, as reported by the store. */
  size: number;
  /** To be read once; ends early, or fails, where the store does. */
  pieces: AsyncIterable<Uint8Array>;
}

/** Bytes to be stored, which may be read more than once. */
export interface Upload {
  /** Bytes. */
  size: number;
  /** All of them, or those from `start` to before `end`. */
  pieces(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

export interface PutOptions {
  signal?: AbortSignal;
  /** How long the store may take nothing, or say nothing. Milliseconds. */
  ms?: number;
  /** Called with bytes as they are sent; of less than none where some must leave again. */
  progress?(bytes: number): void;
}

/**
 * A store that several people share: whatever can be asked for a key can be one. Keys are relative paths with
 * `/`. What is stored is visible complete or not at all, and never changes. Nothing that comes from it is
 * believed: readers check digests.
 *
 * Every call rejects when its signal is aborted, and with an EtudeError if the store cannot be used.
 */
export interface Remote {
  /** For messages. */
  readonly name: string;
  /** Makes it ready to be written to; to be called before the first `putMany`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** `undefined` for what is not there. */
  get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined>;
  /**
   * Stores under keys that are free, in as few steps as the store allows, and leaves the others as they are.
   * Resolves with how many are new. It looks to its own time limits.
   */
  putMany(uploads: ReadonlyMap<string, Upload>, options?: PutOptions): Promise<number>;
}

/**
 * Whether what is under a key is left there: an entry always; anything else where it has the size that it
 * should, otherwise it was damaged.
 */
export function staysAsItIs(key: string, there: number, ours: number): boolean {
  return there === ours || key.endsWith('.json');
}

/** Where an object is in every remote. */
export function objectKey(digest: string): string {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

/** Where the entry of a fingerprint is in every remote. */
export function entryKey(fingerprint: string): string {
  return `index/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.json`;
}
