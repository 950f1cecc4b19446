import type { Upload } from '../../../pipeline/remote/types.js';
import { type PublishedFiles, sha256Of, textFile } from './files.js';

/** Lists the files of a repository that Etude wrote, so that it knows later what it may replace. */
export const MARKER = '.etude-push.json';

const VERSION = 1;

/** The marker for some files. */
export async function markerFor(files: PublishedFiles): Promise<Upload> {
  const digests: Record<string, string> = {};
  for (const [name, file] of files) digests[name] = await sha256Of(file);
  return textFile(`${JSON.stringify({ version: VERSION, sha256: digests }, null, 2)}\n`);
}

/**
 * SHA-256 of each file that a marker lists; none if it cannot be read: then nothing is known to be Etude's.
 */
export function readMarker(text: string | undefined): ReadonlyMap<string, string> {
  try {
    const { version, sha256 } = JSON.parse(text ?? '{}') as { version?: unknown; sha256?: object };
    if (version !== VERSION || typeof sha256 !== 'object') return new Map();
    return new Map(Object.entries(sha256).map(([name, digest]) => [name, String(digest)]));
  } catch {
    return new Map();
  }
}
