import { EtudeError, type Where } from '../../util/errors.js';

/** The file that marks a folder, or another store, as a remote cache, with its version. */
export const MARKER = { key: 'format', text: 'etude-remote 1\n' } as const;

/** What is said where the marker is not: of something that holds other things, or of nothing. */
export function noRemote(isThere: boolean, where?: Where): EtudeError {
  return new EtudeError(isThere ? 'not a remote cache of this version' : 'no such remote cache', {
    where,
    hint: 'etude push creates one in an empty folder or repository.',
  });
}
