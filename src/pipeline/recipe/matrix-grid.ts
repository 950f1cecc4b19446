import type { Json } from '../../util/json.js';

/** Values of the matrix's parameters, one each. */
export type Cell = Record<string, Json>;

/** The combinations that a recipe is run for. */
export interface Grid {
  cells: Cell[];
  /**
   * Every value that a parameter is given, including those of excluded combinations: they number and name the
   * variants of stages.
   */
  values: Record<string, Json[]>;
  /** Whether every combination of these values is included. */
  complete: boolean;
}
