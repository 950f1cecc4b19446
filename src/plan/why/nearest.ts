import { canonicalJson } from '../../cache/canonical-json.js';
import type { Entry, FingerprintParts } from '../../cache/types.js';
import type { Because } from '../types.js';

export interface Near {
  entry: Entry;
  because: Because[];
}

/**
 * Past entries by nearness: fewest differing fields first, then those of the same stage of the same pipeline, then the newest. An entry
 * of another pipeline or stage only counts if it worked on something in common; else it explains nothing.
 */
export function nearestEntries(
  entries: readonly Entry[],
  after: FingerprintParts,
  stage: { pipeline: string; id: string },
  diff: (before: FingerprintParts) => Because[],
): Near[] {
  // The cells of a matrix are one stage of the recipe: `model[seed=1]`.
  const written = (id: string) => id.replace(/\[.*\]$/, '');
  const isOwn = (entry: Entry): boolean =>
    entry.pipeline === stage.pipeline && written(entry.stage) === written(stage.id);
  return entries
    .filter((entry) => isOwn(entry) || sharesData(entry.parts, after))
    .map((entry) => ({ entry, because: diff(entry.parts), own: isOwn(entry) ? 0 : 1 }))
    .sort(
      (a, b) =>
        a.because.length - b.because.length ||
        a.own - b.own ||
        (a.entry.created < b.entry.created ? 1 : a.entry.created > b.entry.created ? -1 : 0),
    )
    .map(({ entry, because }) => ({ entry, because }));
}

function sharesData(before: FingerprintParts, after: FingerprintParts): boolean {
  const inputs = Object.values(after.inputs);
  if (Object.values(before.inputs).some((digest) => inputs.includes(digest))) return true;
  const sources = Object.values(after.sources).map(canonicalJson);
  return Object.values(before.sources).some((files) => sources.includes(canonicalJson(files)));
}
