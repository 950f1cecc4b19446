import type { ObjectRef } from './artifact.js';

/** Objects, each once: rows and files of the same content share one. */
export function distinctObjects(refs: readonly ObjectRef[]): ObjectRef[] {
  return [...new Map(refs.map((ref) => [ref.digest, ref])).values()];
}
