import { EtudeError, type Where } from '../../util/errors.js';

/**
 * The file that says that a folder, or whatever else holds files, is a remote cache, and of which version.
 */
export const MARKER = { key: 'format', text: 'etude-remote 1\n' } as const;

/** What is said where the marker is not: of something that holds other things, or of nothing. */
export function noRemote(isThere: boolean, where?: Where): EtudeError {
  return new EtudeError(isThere ? 'not a remote cache of this version' : 'no such remote cache', {
    where,
    hint: 'etude push creates one in an empty folder or repository.',
  });
}
