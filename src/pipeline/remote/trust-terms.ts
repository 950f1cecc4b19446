import type { Refuse } from '../cache/open-cache.js';
import type { PublicKey } from './keys.js';
import { noted } from './signatures.js';

/** The terms on which results count that were not computed here. */
export interface Terms {
  /** Keys, at least one of which must have signed them. */
  signers?: readonly PublicKey[];
  /** Digests of artifacts by fingerprint, from a lock: a result with another digest does not count. */
  locked?: ReadonlyMap<string, string>;
}

/** Says why a result from elsewhere does not count, whether it is already in the cache or on a remote. */
export function refuseBy({ signers, locked }: Terms): Refuse {
  return (entry) => {
    const { type, name } = entry.provenance;
    const from = type === 'bundle' ? `bundle ${name}` : name;
    const wanted = locked?.get(entry.fingerprint);
    if (wanted !== undefined && wanted !== entry.artifactDigest)
      return `the result from ${from} is not used: it is not the one in the lock file`;
    if (signers !== undefined && noted(entry, signers) === undefined)
      return `the result from ${from} is not used: no trusted key has signed it`;
    return undefined;
  };
}
