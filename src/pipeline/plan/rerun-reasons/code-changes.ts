import { lookUp } from '../../../util/look-up.js';
import type { Cache, CodeListing } from '../../cache/types.js';
import type { Reason } from '../types.js';
import { formatNames } from './format-value.js';

/** Names the files and packages behind a change of code, if both listings are still known. */
export async function nameCodeChanges(
  because: readonly Reason[],
  digests: { before: string; after: string },
  listings: Cache['code'],
): Promise<Reason[]> {
  if (!because.some(({ type }) => type === 'code')) return [...because];
  const [before, after] = await Promise.all([listings.get(digests.before), listings.get(digests.after)]);
  if (before === undefined || after === undefined) return [...because];
  const names = changes(before, after);
  if (names.length === 0) return [...because];
  return because.map((reason) =>
    reason.type === 'code' ? { ...reason, text: `${reason.text} (${formatNames(names, 3)})` } : reason,
  );
}

function changes(before: CodeListing, after: CodeListing): string[] {
  const differing = (old: Record<string, string>, now: Record<string, string>): string[] =>
    [...new Set([...Object.keys(now), ...Object.keys(old)])].filter(
      (name) => lookUp(old, name) !== lookUp(now, name),
    );
  const packages = differing(before.packages, after.packages).map((name) => {
    const [old, now] = [lookUp(before.packages, name), lookUp(after.packages, name)];
    if (old === undefined) return `${name} ${now} added`;
    return now === undefined ? `${name} removed` : `${name} ${old} → ${now}`;
  });
  return [...differing(before.files, after.files), ...packages];
}
