import { HubError } from '../../hub/hub-error.js';
import { EtudeError } from '../../util/errors.js';

/** What a store refuses, and would refuse again: wrong credentials, no such bucket, no permission. */
export class RemoteRefused extends EtudeError {}

/** Whether the same call to a remote would fail again. */
export function isRefused(error: unknown): boolean {
  if (error instanceof HubError) return [401, 403, 404].includes(error.status ?? 0);
  return error instanceof RemoteRefused;
}
