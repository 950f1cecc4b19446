import type { Feature, ObjectRef } from './artifact.js';

/**
 * How the columns of a chunk were made of others, as plain data: whoever has it and the inputs can make the
 * same bytes again. Columns go by role (`audio`), whatever the dataset calls them.
 */
export interface Derivation {
  /** The built-in stage type whose `derive` makes them. */
  uses: string;
  rows: number;
  /** JSON; as the stage type's `derive` understands it. */
  params: unknown;
  inputs: Record<string, { feature: Feature; ref: ObjectRef }>;
  outputs: Record<string, Feature>;
}

/** Where an object comes from: one of the outputs of a derivation. */
export interface DerivedFrom {
  derivation: Derivation;
  output: string;
}
