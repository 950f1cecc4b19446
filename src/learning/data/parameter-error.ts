import type { OutlineProblem } from '../../stage/stage-type.js';
import { EtudeError, type EtudeErrorOptions } from '../../util/errors.js';
import { suggest } from '../../util/suggest.js';

/** A problem with one parameter of a stage. */
export class ParameterError extends EtudeError {
  readonly param: readonly (string | number)[];
  readonly suggestion?: string;

  constructor(
    param: string,
    message: string,
    options: EtudeErrorOptions & {
      /** Names that the parameter could have meant. */ wrong?: string;
      names?: readonly string[];
    } = {},
  ) {
    const { wrong, names, ...rest } = options;
    const suggestion = wrong === undefined ? undefined : suggest(wrong, names ?? []);
    const expected = names === undefined || names.length === 0 ? rest.expected : `one of ${names.join(', ')}`;
    const hint = suggestion === undefined ? rest.hint : `Did you mean '${suggestion}'?`;
    super(message, { ...rest, expected, hint });
    this.param = [param];
    this.suggestion = suggestion;
  }
}

/** What `outline` reports for an error: at its own parameter, or else at `param`. */
export function problemOf(error: EtudeError, param: string): OutlineProblem {
  const { message, expected, got, hint } = error;
  const own = error instanceof ParameterError ? error : undefined;
  const suggestion = own?.suggestion;
  // A hint that only suggests names is replaced by them.
  return {
    param: own?.param ?? [param],
    message,
    expected,
    got,
    suggestion,
    hint: suggestion === undefined ? hint : undefined,
  };
}
