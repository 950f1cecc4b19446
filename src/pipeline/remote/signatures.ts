import { sign, verify } from 'node:crypto';
import { canonicalJson } from '../../util/canonical-json.js';
import type { Entry, Provenance } from '../cache/types.js';
import type { FetchOptions } from './fetch-options.js';
import type { KeyPair, PublicKey } from './keys.js';
import { collect } from './small-files.js';
import { piecesWithTimeout, withTimeout } from './timeouts.js';
import type { Remote } from './types.js';

type Signature = NonNullable<Provenance['signatures']>[number];

/** Bytes of an Ed25519 signature (RFC 8032). */
const LENGTH = 64;

/** The key of the signature of a key for an entry: next to the entry, so that several people can sign it. */
export function signatureKey(fingerprint: string, keyId: string): string {
  return `signatures/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.${keyId}`;
}

/** Signs the essence of an entry: that this fingerprint gives this artifact. */
export function signEntry(entry: Entry, { secret }: KeyPair): Buffer {
  return sign(null, message(entry), secret);
}

/**
 * The signature of the first of the keys that has signed an entry; `undefined` if none has, or only other
 * bytes.
 */
export async function signatureOf(
  remote: Remote,
  entry: Entry,
  keys: readonly PublicKey[],
  options: Pick<FetchOptions, 'ms' | 'signal'> = {},
): Promise<Signature | undefined> {
  for (const each of keys) {
    const place = signatureKey(entry.fingerprint, each.id);
    const file = await withTimeout((signal) => remote.get(place, signal), options);
    if (file?.size !== LENGTH) continue;
    const bytes = await collect(piecesWithTimeout(file.pieces, options), LENGTH);
    if (bytes?.length === LENGTH && verify(null, message(entry), each.key, bytes))
      return { key: each.text, signature: bytes.toString('base64') };
  }
  return undefined;
}

/** The first of the keys whose signature came with a cache entry; it is verified each time. */
export function noted(entry: Entry, keys: readonly PublicKey[]): PublicKey | undefined {
  return keys.find(({ text, key }) =>
    entry.provenance?.signatures?.some((one) => {
      const bytes = Buffer.from(one.signature, 'base64');
      return one.key === text && bytes.length === LENGTH && verify(null, message(entry), key, bytes);
    }),
  );
}

function message({ fingerprint, artifactDigest }: Entry): Buffer {
  return Buffer.from(canonicalJson({ etude: 'entry 1', fingerprint, artifact: artifactDigest }));
}
