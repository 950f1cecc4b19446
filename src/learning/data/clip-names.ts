import type { ClipSource, Objects } from '../../stage/stage-type.js';
import { openDataset } from './dataset.js';

/**
 * The file of a row of a split, as in the data (a relative path, or just a name); `undefined` if it is not
 * known.
 */
export type ClipName = (split: string, row: number, numRows: number) => Promise<string | undefined>;

/** The names of the clips in a dataset with audio, for rows of a split of the same length. */
export function clipNamesOf(found: ClipSource | undefined, objects: Objects): ClipName {
  if (found === undefined) return async () => undefined;
  const reader = openDataset(found.dataset, objects);
  return async (split, row, numRows) => {
    if (!reader.splits.includes(split) || reader.num_rows(split) !== numRows) return undefined;
    const clip = (await reader.value(split, found.column, row)) as { path?: string | null } | null;
    return clip?.path ?? undefined;
  };
}
