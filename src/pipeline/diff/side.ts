import type { Json } from '../../util/json.js';
import type { Entry, FingerprintParts, PinnedRepository } from '../cache/types.js';
import type { LockedOutput } from '../lock/types.js';

/** A stage of one side of a comparison, as far as it is known. */
export interface SideStage {
  uses: string;
  /** Input name -> stage id. */
  from: Record<string, string>;
  /** From the recipe, after defaults; a lock file lacks those that refer to files. */
  with?: Record<string, Json>;
  /** Without the engine and the inputs, which are compared elsewhere. */
  parts?: FingerprintParts;
  repositories?: readonly PinnedRepository[];
  /** Its result, if known. */
  output?: LockedOutput;
  /** The same in full; a lock file does not have it. */
  artifact?: Entry['artifact'];
}

/** One side of a comparison: a recipe, a run or a lock. */
export interface Side {
  kind: 'recipe' | 'run' | 'lock';
  /** As the user named it. */
  shown: string;
  /** Absent if nothing depends on it. */
  engine?: string;
  stages: ReadonlyMap<string, SideStage>;
}

/**
 * Parts of a fingerprint without what is compared elsewhere: the engine, once for all stages, and the inputs.
 */
export function ownSide(parts: FingerprintParts): FingerprintParts {
  const { engine: _, ...libraries } = parts.libraries;
  return { ...parts, libraries, inputs: {} };
}
