import { EtudeError, type Where } from '../../util/errors.js';

/** The file that marks a folder, or another store, as a remote cache, with its version. */
export const MARKER = { key: 'format', text: 'etude-remote 1\n' } as const;

/** The error for a missing marker: in a place with other contents, or in none. */
export function noRemote(isThere: boolean, where?: Where): EtudeError {
  return new EtudeError(isThere ? 'not a remote cache of this version' : 'no such remote cache', {
    where,
    hint: 'etude push creates one in an empty folder or repository.',
  });
}
