import { EtudeError } from '../util/errors.js';

/**
 * The files that a stage found are not those that it was planned with. A run plans it again with the current
 * ones.
 */
export class SourcesChanged extends EtudeError {
  constructor(
    /** The files, as messages name them. */
    readonly names: string[],
    message: string,
    got: string,
  ) {
    super(message, { got, hint: 'Run it again.' });
  }
}
