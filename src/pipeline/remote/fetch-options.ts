import type { PublicKey } from './keys.js';

export interface FetchOptions {
  signal?: AbortSignal;
  /** How long the remote may say nothing. Milliseconds. */
  ms?: number;
  /** Keys whose signatures are looked for, and noted. */
  signers?: readonly PublicKey[];
  /** Told of bytes as they come. */
  progress?(bytes: number): void;
}
