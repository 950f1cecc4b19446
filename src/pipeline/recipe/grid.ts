import type { Json } from '../../util/json.js';

/** Values of the matrix's parameters, one each. */
export type Cell = Record<string, Json>;

/** What a recipe is run for. */
export interface Grid {
  cells: Cell[];
  /**
   * Every value that a parameter is given, those of excluded combinations too: they number and name the
   * variants of stages.
   */
  values: Record<string, Json[]>;
  /** Whether each combination of these values is there. */
  complete: boolean;
}
