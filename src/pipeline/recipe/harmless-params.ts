import { isDeepStrictEqual } from 'node:util';

/**
 * Removes parameters that state what is true anyway: the schema's `x-harmless` lists such values of keys that
 * people know from elsewhere (`fp16: false`). Once removed, they are not part of a fingerprint either.
 */
export function dropHarmless(params: Record<string, unknown>, schema: Record<string, unknown>): void {
  for (const key of Object.keys(params)) {
    if (harmlessValues(key, schema)?.some((value) => isDeepStrictEqual(value, params[key])))
      delete params[key];
  }
}

/** The values of a key that are accepted for that reason. */
export function harmlessValues(key: string, schema: Record<string, unknown>): unknown[] | undefined {
  const harmless = (schema['x-harmless'] ?? {}) as Record<string, unknown[]>;
  return Object.hasOwn(harmless, key) ? harmless[key] : undefined;
}
