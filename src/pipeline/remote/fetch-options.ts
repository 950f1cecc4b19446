import type { PublicKey } from './keys.js';

export interface FetchOptions {
  signal?: AbortSignal;
  /** How long the remote may be silent. Milliseconds. */
  ms?: number;
  /** Keys whose signatures are looked for, and recorded. */
  signers?: readonly PublicKey[];
  /** Where an object is, if not with the others. */
  keyOf?(digest: string): string;
  /** Called with bytes as they arrive. */
  progress?(bytes: number): void;
}
