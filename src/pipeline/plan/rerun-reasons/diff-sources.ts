import { canonicalJson } from '../../../util/canonical-json.js';
import type { Json } from '../../../util/json.js';
import { lookUp } from '../../../util/look-up.js';
import { count } from '../../../util/words.js';
import { listingOf } from '../read-sources.js';
import type { Reason } from '../types.js';
import { formatNames } from './format-value.js';

type Listing = Map<string, string>;

/** How the files behind the parameters differ: one reason per parameter. */
export function diffSources(before: Record<string, Json>, after: Record<string, Json>): Reason[] {
  const params = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return params.flatMap((param) => {
    const [old, now] = [lookUp(before, param), lookUp(after, param)];
    if (canonicalJson(old ?? null) === canonicalJson(now ?? null)) return [];
    return [{ type: 'source' as const, field: param, ...describe(param, old ?? {}, now ?? {}) }];
  });
}

function describe(param: string, before: Json, after: Json): { before: string; after: string; text: string } {
  const [old, now] = [listingOf(before), listingOf(after)];
  const counts = { before: count(old.files, 'file'), after: count(now.files, 'file') };
  if (old.listing === undefined || now.listing === undefined) {
    const change = old.files === now.files ? counts.after : `${counts.before} → ${counts.after}`;
    return { ...counts, text: `files of ${param} changed (${change})` };
  }
  if (old.listing.size === 1 && now.listing.size === 1)
    return { ...oneFile(param, old.listing, now.listing) };
  return { ...counts, text: listingText(param, old.listing, now.listing) };
}

function oneFile(param: string, old: Listing, now: Listing): { before: string; after: string; text: string } {
  const [[before, beforeDigest], [after, afterDigest]] = [[...old][0]!, [...now][0]!];
  if (before !== after) return { before, after, text: `${param} ${before} → ${after}` };
  return { before: beforeDigest, after: afterDigest, text: `${after} changed` };
}

function listingText(param: string, old: Listing, now: Listing): string {
  const gone = [...old.keys()].filter((name) => !now.has(name));
  const fresh = [...now.keys()].filter((name) => !old.has(name));
  const changed = [...now]
    .filter(([name, digest]) => old.has(name) && old.get(name) !== digest)
    .map(([name]) => name);
  // A file that disappeared under one name and appeared under another was renamed.
  const lost = new Map(gone.map((name) => [old.get(name), name]));
  const renamed = fresh.filter((name) => lost.has(now.get(name)));
  const moved = new Set(renamed.map((name) => lost.get(now.get(name))));
  const added = fresh.filter((name) => !renamed.includes(name));
  const removed = gone.filter((name) => !moved.has(name));

  const kinds = [
    { names: added, verb: 'added' },
    { names: removed, verb: 'removed' },
    { names: changed, verb: 'changed' },
    { names: renamed, verb: 'renamed' },
  ].filter(({ names }) => names.length > 0);
  if (kinds.length === 0) return `files of ${param} reordered`;
  const few = kinds.reduce((total, { names }) => total + names.length, 0) <= 2;
  return kinds
    .map(({ names, verb }) =>
      few ? `${formatNames(names)} ${verb}` : `${count(names.length, 'file')} ${verb}`,
    )
    .join(', ');
}
