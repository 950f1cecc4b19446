import type { ClipSource, Objects } from '../../stage/stage-type.js';
import { openDataset } from './dataset.js';

/**
 * The file of a row of a split, as in the data (a relative path, or just a name); `undefined` if it is not
 * known.
 */
export type ClipName = (split: string, row: number, numRows: number) => Promise<string | undefined>;

/**
 * The names of the clips in datasets with audio, by the input that they stand for, for rows of a split of the
 * same length. Splits are named by `splitName`.
 */
export function clipNamesOf(found: Readonly<Record<string, ClipSource>> = {}, objects: Objects): ClipName {
  const sources = new Map(
    Object.entries(found).flatMap(([input, { dataset, column }]) => {
      const reader = openDataset(dataset, objects);
      return reader.splits.map((split) => [splitName(input, split), { reader, column, split }] as const);
    }),
  );
  return async (name, row, numRows) => {
    const source = sources.get(name);
    if (source === undefined || source.reader.num_rows(source.split) !== numRows) return undefined;
    const clip = (await source.reader.value(source.split, source.column, row)) as {
      path?: string | null;
    } | null;
    return clip?.path ?? undefined;
  };
}

/**
 * What a split is called where several datasets are read: `<input>/<split>`, except for the input `dataset`.
 */
export function splitName(input: string, split: string): string {
  return input === 'dataset' ? split : `${input}/${split}`;
}
