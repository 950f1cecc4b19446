import { EtudeError } from '../../../util/errors.js';
import { collect } from '../../remote/small-files.js';
import { piecesWithTimeout, withTimeout } from '../../remote/timeouts.js';
import type { Remote } from '../../remote/types.js';

/** The longest task or result that is read. Bytes. */
const LARGEST = 64 * 2 ** 20;

/**
 * Where the parts of a job are on a remote. Its name is no other job's, so that nothing there ever changes:
 * `task.json` is written before the job is submitted, `output.json` last of all.
 */
export function jobKey(
  fingerprint: string,
  name: string,
  file: 'task.json' | `state-${number}.json` | 'output.json',
): string {
  return `jobs/${fingerprint}/${name}/${file}`;
}

/** Where files of a job's states are: not with the objects of results, which are kept for longer. */
export function stateObjectKey(fingerprint: string, name: string, digest: string): string {
  return `jobs/${fingerprint}/${name}/state/${digest}`;
}

/** Names of jobs. */
export const JOB_NAME = /^[A-Za-z0-9_-]{1,100}$/;

/** The parts of a key, if it is one of a task. */
export function parseTaskKey(key: string): { fingerprint: string; name: string } | undefined {
  const [, fingerprint, name] = /^jobs\/([0-9a-f]{64})\/([^/]+)\/task\.json$/.exec(key) ?? [];
  return fingerprint === undefined || !JOB_NAME.test(name ?? '') ? undefined : { fingerprint, name: name! };
}

/** What a line of a job's log begins with if it is an event. */
export const EVENT = 'etude-event: ';

/** What a person wants to see of a job's log. */
export function withoutEvents(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(EVENT))
    .join('\n');
}

/** A short file of a remote; `undefined` if there is none. */
export async function readText(
  remote: Remote,
  key: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const file = await withTimeout((own) => remote.get(key, own), { signal });
  if (file === undefined) return undefined;
  const bytes = await collect(piecesWithTimeout(file.pieces, { signal }), LARGEST);
  if (bytes === undefined)
    throw new EtudeError('the file is too long', { where: { file: `${remote.name}/${key}` } });
  return bytes.toString('utf8');
}
