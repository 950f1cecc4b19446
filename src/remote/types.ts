/** Bytes as they come from a store that others share. */
export interface RemoteFile {
  /** Bytes, as the store tells it. */
  size: number;
  /** To be read once; ends early, or fails, where the store does. */
  pieces: AsyncIterable<Uint8Array>;
}

/** Bytes to be stored, which may be read more than once. */
export interface Upload {
  /** Bytes. */
  size: number;
  pieces(): AsyncIterable<Uint8Array>;
}

/**
 * A store that several people share: a folder today; whatever can be asked for a key can be one. Keys are relative paths with `/`. What is
 * stored is visible whole or not at all, and never changes. Nothing that comes from it is believed: whoever reads checks digests.
 *
 * Every call rejects when its signal is aborted, and with an EtudeError where the store cannot be used.
 */
export interface Remote {
  /** For messages. */
  readonly name: string;
  /** Makes it ready to be written to; to be called before the first `put`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Size in bytes; `undefined` for what is not there. */
  has(key: string, signal: AbortSignal): Promise<number | undefined>;
  /** `undefined` for what is not there. */
  get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined>;
  /** Stores under a key that is free; `present` where it is not, and then nothing changes. */
  put(key: string, upload: Upload, signal: AbortSignal): Promise<'stored' | 'present'>;
}

/** Where an object lies in every remote. */
export function objectKey(digest: string): string {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

/** Where the entry of a fingerprint lies in every remote. */
export function entryKey(fingerprint: string): string {
  return `index/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.json`;
}
