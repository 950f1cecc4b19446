import type { Json } from '../../util/json.js';
import type { FingerprintParts, PinnedRepository } from '../cache/types.js';
import type { LockedOutput } from '../lock/types.js';

/** A stage of one side of a comparison, as far as it is known. */
export interface SideStage {
  uses: string;
  /** Input name -> stage id. */
  from: Record<string, string>;
  /** As the recipe has them, after defaults; a lock file does not have those that refer to files. */
  with?: Record<string, Json>;
  /** Without the engine and the inputs, which other stages cover. */
  parts?: FingerprintParts;
  repositories?: readonly PinnedRepository[];
  /** What it gave, where that is known. */
  output?: LockedOutput;
}

/** One side of a comparison: a recipe, a run or a lock. */
export interface Side {
  kind: 'recipe' | 'run' | 'lock';
  /** As it was asked for. */
  shown: string;
  /** Absent where nothing depends on it. */
  engine?: string;
  stages: ReadonlyMap<string, SideStage>;
}

/**
 * Parts of a fingerprint less what is compared elsewhere: the engine, once for all stages, and the inputs.
 */
export function ownSide(parts: FingerprintParts): FingerprintParts {
  const { engine: _, ...libraries } = parts.libraries;
  return { ...parts, libraries, inputs: {} };
}
