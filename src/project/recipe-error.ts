import type { FormatOptions } from '../pipeline/recipe/format-problem.js';
import type { TypedStage } from '../pipeline/recipe/pipeline.js';
import type { Problem } from '../pipeline/recipe/problem.js';
import type { Painted } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';

/** A recipe that cannot be planned, with everything that is wrong with it. */
export class RecipeError extends EtudeError {
  /** Private, so that a printed error does not show stage types. */
  readonly #stages: readonly TypedStage[];

  constructor(
    /** In the order of the file. */
    readonly problems: readonly Problem[],
    /** What is not a mistake, but may explain one. */
    readonly warnings: readonly string[],
    stages: readonly TypedStage[] = [],
  ) {
    super(
      problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'),
    );
    this.name = 'RecipeError';
    this.#stages = stages;
  }

  /** Those of the recipe's stages whose type is known. */
  get stages(): readonly TypedStage[] {
    return this.#stages;
  }

  /** Each problem as a person reads it, with the line of the recipe, a caret and advice. */
  async format(options: FormatOptions = {}): Promise<Painted[]> {
    const { formatProblem } = await import('../pipeline/recipe/format-problem.js');
    return Promise.all(this.problems.map((problem) => formatProblem(problem, options)));
  }
}
