import { EtudeError } from '../errors.js';

/** What the file `format` of a remote cache says: by it one is known, and its version. */
export const FORMAT = 'etude-remote 1\n';

/** A place that is no remote cache: nothing is there, or something else. */
export function notARemote(place: string, isThere: boolean): EtudeError {
  return new EtudeError(isThere ? 'not a remote cache of this version' : 'no such remote cache', {
    where: { file: place },
    hint: 'etude push makes one of an empty folder or prefix.',
  });
}
