/** Bytes as they come from a shared store. */
export interface RemoteFile {
  /** Bytes, as reported by the store. */
  size: number;
  /** Can be read only once; ends early, or fails, if the store does. */
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
  /** How long the store may accept nothing, or be silent. Milliseconds. */
  ms?: number;
  /** Called with bytes as they are sent; with a negative number if some must be sent again. */
  progress?(bytes: number): void;
}

/**
 * A store that several people share: anything that can be asked for a key can be one. Keys are relative paths
 * with `/`. A stored file is visible completely or not at all, and never changes. Nothing that comes from it
 * is trusted: readers check digests.
 *
 * Every call rejects when its signal is aborted, and with an EtudeError if the store cannot be used.
 */
export interface Remote {
  /** For messages. */
  readonly name: string;
  /** Prepares it for writing; must be called before the first `putMany`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** What others have stored since it was opened is to be found from now on, too, if it is not anyway. */
  refresh?(): void;
  /** `undefined` for a missing key. */
  get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined>;
  /**
   * Stores under keys that are free, in as few steps as the store allows, and leaves the others unchanged.
   * Resolves with the number of new ones. It enforces its own time limits.
   */
  putMany(uploads: ReadonlyMap<string, Upload>, options?: PutOptions): Promise<number>;
}

/**
 * Whether what is stored under a key stays: an entry always; anything else if it has the right size,
 * otherwise it was damaged.
 */
export function staysAsItIs(key: string, there: number, ours: number): boolean {
  return there === ours || key.endsWith('.json');
}

/** The key of an object in every remote. */
export function objectKey(digest: string): string {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

/** The key of a fingerprint's entry in every remote. */
export function entryKey(fingerprint: string): string {
  return `index/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.json`;
}
