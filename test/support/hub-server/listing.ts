import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, json } from './answers.js';
import type { StoredFile } from './repository.js';

/** A file as a listing describes it. */
export function entryOf(path: string, { bytes, oid, sha256 }: StoredFile): object {
  const lfs = sha256 && { lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } };
  return { type: 'file', path, size: bytes.length, oid, ...lfs };
}

/**
 * Describes those of the named files that exist. Libraries ask in JSON (JavaScript) or as a form (Python).
 */
export async function pathsInfo(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, StoredFile>,
): Promise<void> {
  const body = (await bodyOf(request)).toString('utf8');
  const paths = request.headers['content-type']?.includes('json')
    ? (JSON.parse(body) as { paths: string[] }).paths
    : new URLSearchParams(body).getAll('paths');
  const entries = paths.flatMap((path) => {
    const file = files.get(path);
    return file === undefined ? [] : [entryOf(path, file)];
  });
  json(response, entries);
}
