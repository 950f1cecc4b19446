import type { ObjectRef } from './artifact.js';

/** How a longer computation continues a shorter one of otherwise equal parameters. */
export interface Continues<P> {
  /** The parameters that say how long it is: only these may differ. */
  readonly lengths: readonly (keyof P & string)[];
  /**
   * Whether what the shorter one kept leads to the same bytes as starting from the beginning.
   *
   * @param kept What it kept; `undefined` if nothing, or no longer.
   * @param rowsOf Rows of a split of an input; `NaN` if unknown.
   */
  from(
    before: P,
    after: P,
    kept: Readonly<Record<string, ObjectRef>> | undefined,
    rowsOf: (input: string, split: string) => number,
  ): Continuation;
}

export type Continuation =
  | {
      /** From where it continues, in words: "epoch 2". */
      at: string;
      /** The fraction of its work that is done already. */
      done: number;
    }
  /** Why it starts from the beginning. */
  | { not: string };
