import { codeOf } from '../files/fs-errors.js';
import { whatIsFull } from '../util/disk-full.js';
import { EtudeError } from '../util/errors.js';
import type { HubSettings } from './settings.js';

/** A failed write into the Hub's cache, as an error that the user can fix. `got`: what did not fit. */
export function cacheError(error: unknown, settings: HubSettings, got?: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(settings, got, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EtudeError('the cache of the Hugging Face Hub is not writable', {
        where: { file: settings.cacheDir },
        hint: 'Fix its permissions, or choose another with HF_HUB_CACHE or HF_HOME.',
        cause: error,
      });
    default:
      return error;
  }
}

/** No room for a download. */
export function diskFull(settings: HubSettings, got?: string, cause?: unknown): EtudeError {
  return new EtudeError(cause === undefined ? 'disk full' : whatIsFull(settings.cacheDir), {
    got,
    where: { file: settings.cacheDir },
    hint: 'Free some space, or choose another folder with HF_HUB_CACHE, and run again: what was downloaded is kept.',
    cause,
  });
}
