import type { Problem } from '../pipeline/recipe/problem.js';
import { EtudeError } from '../util/errors.js';

/** A recipe that cannot be planned, with everything that is wrong with it. */
export class RecipeError extends EtudeError {
  constructor(
    /** In the order of the file. */
    readonly problems: readonly Problem[],
    /** What is not wrong, and may explain what is. */
    readonly warnings: readonly string[],
  ) {
    super(
      problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'),
    );
    this.name = 'RecipeError';
  }
}
