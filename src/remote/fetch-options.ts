import type { PublicKey } from './keys.js';

export interface FetchOptions {
  signal?: AbortSignal;
  /** How long the remote may say nothing. Milliseconds. */
  ms?: number;
  /** Keys one of which must have signed an entry; no signature is asked for where this is left out. */
  signers?: readonly PublicKey[];
  /** Told of bytes as they come. */
  progress?(bytes: number): void;
}
