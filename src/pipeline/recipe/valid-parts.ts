import type { Json } from '../../util/json.js';

/** The valid part of a recipe's own keys. */
export interface ValidParts {
  name?: string;
  description?: string;
  params: Record<string, Json>;
  /** Parameter -> the values that it takes in turn; `include` and `exclude` -> combinations. */
  matrix: Record<string, Json[]>;
  stages: Record<string, Record<string, Json>>;
  /** `ID.KEY` of what was left out because it is wrong. */
  wrong: Set<string>;
}
