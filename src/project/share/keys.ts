import * as keys from '../../pipeline/remote/keys.js';

/** A public key whose signatures count on this machine. */
export type TrustedKey = Pick<keys.PublicKey, 'id' | 'text' | 'label'>;

/**
 * The keys whose signatures count for the user: their own first, then the trusted ones.
 *
 * @throws EtudeError for keys that others could have changed.
 */
export async function listKeys(): Promise<TrustedKey[]> {
  return (await keys.trustedKeys(keys.keysFolder())).map(shown);
}

/** Creates the key that `push` signs with. Throws an EtudeError if there already is one. */
export async function makeKey(): Promise<TrustedKey> {
  return shown(await keys.makeKey(keys.keysFolder(), 'own'));
}

/**
 * Accepts the signatures of somebody's key.
 *
 * @param key As they share it: `etude-ed25519:…`.
 * @param name Whose it is.
 */
export async function trustKey(key: string, name = ''): Promise<TrustedKey> {
  return shown(await keys.trustKey(keys.keysFolder(), key, name));
}

function shown({ id, text, label }: keys.PublicKey): TrustedKey {
  return { id, text, label };
}
