import { metadataNames, takes } from '../learning/data/read/formats.js';
import { locate } from '../learning/data/read/locate.js';
import { openSource } from '../learning/data/read/open-source.js';
import type { Features } from '../stage/artifact.js';
import type { LoadParams } from '../stage/params.js';
import type { Place } from '../stage/stage-type.js';
import { lookUp } from '../util/look-up.js';
import { type ClipBytes, fileBytes } from './measure-clips.js';

/** How many rows of a table that contains its own audio are read for it. */
const MOST_ROWS = 200;

/** How often each value of a column occurs in a split; rows without a value are counted separately. */
export interface Counts {
  rows: number;
  missing: number;
  values: Map<string, number>;
}

/** Counts the values of columns in one split. Audio is not read. */
export async function countValues(
  params: LoadParams,
  place: Place,
  split: string,
  columns: readonly string[],
): Promise<Record<string, Counts>> {
  const located = await locate(params, place);
  const { splits, features } = await openSource(located, { ...params, columns: [...columns] });
  const counts = columns.map((column) => [column, { rows: 0, missing: 0, values: new Map() }] as const);
  for (const table of lookUp(splits, split) ?? [])
    for await (const { values } of table.rows(0, table.num_rows))
      for (const [column, count] of counts) countOne(count, nameOf(features, column, lookUp(values, column)));
  return Object.fromEntries(counts);
}

function countOne(count: Counts, name: string | undefined): void {
  count.rows += 1;
  if (name === undefined) count.missing += 1;
  else count.values.set(name, (count.values.get(name) ?? 0) + 1);
}

function nameOf(features: Features, column: string, value: unknown): string | undefined {
  if (value === null || value === undefined || Number.isNaN(value)) return undefined;
  const feature = lookUp(features, column);
  if (feature?._type === 'ClassLabel' && typeof value !== 'string') return feature.names[Number(value)];
  return String(value);
}

/** The clips of all splits: files, or the first rows of tables that contain the bytes themselves. */
export async function clipsOf(params: LoadParams, place: Place, audio: string): Promise<ClipBytes[]> {
  const located = await locate(params, place);
  const source = await openSource(located, params);
  const files = source.files.filter(
    ({ name }) => takes('audiofolder', name) && !metadataNames.includes(name.split('/').at(-1)!),
  );
  if (files.length > 0) return files.map(({ path }) => fileBytes(path));
  const { splits } = await openSource(located, { ...params, columns: [audio] });
  const clips: ClipBytes[] = [];
  for (const table of Object.values(splits).flat())
    for await (const { values } of table.rows(0, Math.min(table.num_rows, MOST_ROWS - clips.length))) {
      const { bytes } = (lookUp(values, audio) ?? {}) as { bytes?: unknown };
      if (bytes instanceof Uint8Array) clips.push(async () => bytes);
    }
  return clips;
}
