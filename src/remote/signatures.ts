import { sign, verify } from 'node:crypto';
import { canonicalJson } from '../cache/canonical-json.js';
import type { Entry } from '../cache/types.js';
import type { FetchOptions } from './fetch-options.js';
import type { KeyPair, PublicKey } from './keys.js';
import { patiently, patientPieces } from './patience.js';
import { collect } from './small-files.js';
import type { Remote } from './types.js';

/** Bytes of an Ed25519 signature (RFC 8032). */
const LENGTH = 64;

/** Where the signature of a key under an entry lies: beside the entry, so that several people can sign one. */
export function signatureKey(fingerprint: string, keyId: string): string {
  return `signatures/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.${keyId}`;
}

/** Signs what counts of an entry: that this fingerprint gives this artifact. */
export function signEntry(entry: Entry, { secret }: KeyPair): Buffer {
  return sign(null, message(entry), secret);
}

/** The first of the keys that has signed an entry; `undefined` where none has, or only other bytes. */
export async function signerOf(
  remote: Remote,
  entry: Entry,
  keys: readonly PublicKey[],
  options: Pick<FetchOptions, 'ms' | 'signal'> = {},
): Promise<PublicKey | undefined> {
  for (const each of keys) {
    const place = signatureKey(entry.fingerprint, each.id);
    const file = await patiently((signal) => remote.get(place, signal), options);
    if (file?.size !== LENGTH) continue;
    const bytes = await collect(patientPieces(file.pieces, options), LENGTH);
    if (bytes?.length === LENGTH && verify(null, message(entry), each.key, bytes)) return each;
  }
  return undefined;
}

function message({ fingerprint, artifactDigest }: Entry): Buffer {
  return Buffer.from(canonicalJson({ etude: 'entry 1', fingerprint, artifact: artifactDigest }));
}
