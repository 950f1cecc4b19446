import type { FoundStageType } from '../../stage/find-stage-type.js';
import type { Json } from '../../util/json.js';
import type { Cell } from './matrix-grid.js';
import type { References } from './references.js';

/**
 * A stage during validation. A part with a problem is left out, so that later checks do not report it again.
 */
export interface StageDraft {
  /** Its id in the pipeline: the recipe's, unless it differs between cells of a matrix. */
  id: string;
  /** Its id in the recipe, where problems are shown. */
  written: string;
  /** The values of the matrix that it depends on. */
  cell?: Cell;
  uses?: string;
  from?: Json;
  found?: FoundStageType;
  /** What its references are replaced by. */
  references: References;
  /** After references and defaults; absent if something is wrong with it. */
  with?: Record<string, unknown>;
  /** Input name -> stage id, as far as it is valid. */
  inputs: Record<string, string>;
  /** False if something is wrong with `from`. */
  wired: boolean;
}
