import { EtudeError } from '../util/errors.js';

/**
 * The files that a stage found are not those that it was planned with. A run plans it again, with what is
 * there now.
 */
export class SourcesChanged extends EtudeError {
  constructor(
    /** Of the files, as messages name them. */
    readonly names: string[],
    message: string,
    got: string,
  ) {
    super(message, { got, hint: 'Run it again.' });
  }
}
