import type { Feature, ObjectRef } from './artifact.js';

/**
 * How the columns of a chunk were made from others, as plain data: with it and the inputs, the same bytes can
 * be made again. Columns are named by role (`audio`), whatever the dataset calls them.
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
