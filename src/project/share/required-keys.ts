import { keysFolder, type PublicKey, trustedKeys } from '../../pipeline/remote/keys.js';

/**
 * The keys, one of which must have signed what was not computed here; `undefined` if that is not required.
 */
export async function requiredKeys(
  { requireSigned }: { requireSigned?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): Promise<PublicKey[] | undefined> {
  const { ETUDE_REQUIRE_SIGNED: variable } = env;
  const isRequired = requireSigned || (variable !== undefined && !['', '0'].includes(variable));
  return isRequired ? trustedKeys(keysFolder(env)) : undefined;
}

/** Keys whose signatures are recorded although none is required. Unreadable keys are no reason to stop. */
export async function knownKeys(): Promise<PublicKey[]> {
  return trustedKeys(keysFolder()).catch(() => []);
}
