import type { Source } from './stage-type.js';

/** Takes the name of `revision` out of the fingerprint, for the content of a revision counts. */
export function revisionSource(revision: string | undefined): Source[] {
  return revision === undefined ? [] : [{ param: 'revision', files: [] }];
}
