import { posix } from 'node:path';
import { byCodePoints } from '../../../util/code-points.js';

const keywords: Record<string, string[]> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};
const separators = '[-._ 0-9]';

/**
 * Sorts files (names relative to the dataset's folder) into splits by their names, as Hugging Face datasets
 * does (data_files.py): `data/<split>-00000-of-00001.*` first, then words for train, validation and test in
 * folder names, then in file names; without any of these, everything is `train`. Beyond that: sharded names
 * are also found outside `data/`, and, with `byStem`, a file that matches no word, next to others that do, is
 * a separate split by its stem, where Hugging Face would skip it.
 */
export function assignSplits(names: readonly string[], byStem: boolean): Record<string, string[]> {
  const sharded = group(names, (name) => /^(?:data\/)?([\w.-]+?)-\d{5}-of-\d{5}[^/]*$/.exec(name)?.[1]);
  if (Object.keys(sharded).length > 0) return ordered(sharded);
  const byFolder = group(names, (name) => keywordIn(name.split('/').slice(0, -1), true));
  if (Object.keys(byFolder).length > 0) return ordered(byFolder);
  const byFile = group(names, (name) => keywordIn([posix.basename(name)], false));
  if (Object.keys(byFile).length === 0) return names.length === 0 ? {} : { train: [...names] };
  if (!byStem) return ordered(byFile);
  return ordered(group(names, (name) => keywordIn([posix.basename(name)], false) ?? posix.parse(name).name));
}

/** The split that a folder's name indicates: `train` for `training`, `test` for `my-eval`. */
export function splitOfFolder(name: string): string | undefined {
  return keywordIn([name], true);
}

function keywordIn(parts: readonly string[], whole: boolean): string | undefined {
  for (const [split, words] of Object.entries(keywords)) {
    // A folder may be the word itself; in a file's name, a separator (at the latest, the dot) follows it.
    const pattern = new RegExp(
      `^(?:.*${separators})?(?:${words.join('|')})(?:${separators}.*)${whole ? '?' : ''}$`,
    );
    if (parts.some((part) => pattern.test(part))) return split;
  }
  return undefined;
}

function group(
  names: readonly string[],
  splitOf: (name: string) => string | undefined,
): Record<string, string[]> {
  const splits = new Map<string, string[]>();
  for (const name of names) {
    const split = splitOf(name);
    if (split === undefined) continue;
    splits.set(split, [...(splits.get(split) ?? []), name]);
  }
  return Object.fromEntries(splits);
}

/** train, validation, test, then the others by name. */
function ordered(splits: Record<string, string[]>): Record<string, string[]> {
  const known = Object.keys(keywords);
  const rank = (split: string) => (known.includes(split) ? known.indexOf(split) : known.length);
  return Object.fromEntries(
    Object.entries(splits).sort(([a], [b]) => rank(a) - rank(b) || byCodePoints(a, b)),
  );
}
