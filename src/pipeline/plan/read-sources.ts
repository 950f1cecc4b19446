import type { Place, SourceFile } from '../../stage/stage-type.js';
import { canonicalJson } from '../../util/canonical-json.js';
import { mapLimited } from '../../util/concurrency.js';
import type { Json } from '../../util/json.js';
import { sha256 } from '../../util/sha256.js';
import type { Cache, PinnedRepository } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** Up to this many files, a fingerprint contains every file's full digest. */
const WHOLE = 200;
/**
 * Up to this many, it contains the first digits of each, in addition to one digest of all, so that changed
 * files can be listed.
 */
const LISTED = 5000;
const SHORT = 12;

/** The user's files that a stage depends on, read (or remembered), by parameter. */
export async function readSources(
  stage: PipelineStage,
  place: Place,
  cache: Cache,
): Promise<Record<string, SourceFile[]>> {
  const sources: Record<string, SourceFile[]> = {};
  for (const { param, files } of (await stage.type.sources?.(stage.with, place)) ?? []) {
    const read = await mapLimited(files, 16, async ({ name, path, digest, size, origin }) => {
      const known = digest !== undefined && size !== undefined ? { digest, size } : undefined;
      // The Hub reports the digests of large files: they need not be downloaded for planning.
      return { name, path, ...(known ?? (await cache.digestFile(path))), ...(origin && { origin }) };
    });
    sources[param] = [...(sources[param] ?? []), ...read];
  }
  return sources;
}

/** The Hub repositories that the files come from, each once per parameter; `undefined` if there are none. */
export function repositoriesOf(
  sources: Readonly<Record<string, readonly SourceFile[]>>,
): PinnedRepository[] | undefined {
  const found = new Map<string, PinnedRepository>();
  for (const [param, files] of Object.entries(sources)) {
    for (const { origin } of files) {
      if (origin === undefined) continue;
      const { type, id, revision, commit } = origin;
      found.set(JSON.stringify([param, type, id, revision]), { param, type, id, revision, commit });
    }
  }
  return found.size === 0 ? undefined : [...found.values()];
}

/**
 * Files as a fingerprint contains them: `{name: digest}`. If their order is not that of their names, or two
 * have the same name, the order is part of what the result depends on: `[[name, digest], …]`. Many files:
 * `{files, digest, listing?}`.
 */
export function sourceParts(files: readonly SourceFile[]): Json {
  const pairs = files.map(({ name, digest }): [string, string] => [name, digest]);
  const sorted = pairs.every(([name], i) => i === 0 || pairs[i - 1]![0] < name);
  if (pairs.length <= WHOLE) return sorted ? Object.fromEntries(pairs) : pairs;
  const digest = sha256(canonicalJson(pairs));
  if (pairs.length > LISTED) return { files: pairs.length, digest };
  const listing = Object.fromEntries(pairs.map(([name, whole]) => [name, whole.slice(0, SHORT)]));
  return { files: pairs.length, digest, listing };
}

/**
 * What can be read back from `sourceParts`: the number of files, and short digests by name if they were
 * stored.
 */
export function listingOf(parts: Json): { files: number; listing?: Map<string, string> } {
  if (Array.isArray(parts)) return listingOfPairs(parts as [string, string][]);
  if (parts === null || typeof parts !== 'object') return { files: 0 };
  if (typeof parts.files !== 'number') return listingOfPairs(Object.entries(parts) as [string, string][]);
  const listing = parts.listing as Record<string, string> | undefined;
  return { files: parts.files, listing: listing && new Map(Object.entries(listing)) };
}

function listingOfPairs(pairs: [string, string][]): { files: number; listing: Map<string, string> } {
  return {
    files: pairs.length,
    listing: new Map(pairs.map(([name, digest]) => [name, digest.slice(0, SHORT)])),
  };
}

/**
 * Whether the files cover everything that a parameter says. They do for a path or a list of paths; a map of
 * paths also says which file is for what, and so stays in the fingerprint itself.
 */
export function replacesParam(value: unknown): boolean {
  const isPath = (one: unknown): boolean => typeof one === 'string';
  return isPath(value) || (Array.isArray(value) && value.every(isPath));
}
