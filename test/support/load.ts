import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import type { LoadParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import load from '../../stages/load.js';
import { MemoryObjects } from './memory-objects.js';
import { contextOf, placeAt, sourcesOf } from './stage.js';

export interface Loaded {
  artifact: DatasetArtifact;
  objects: MemoryObjects;
  /** Rows by split. */
  rows: Record<string, Record<string, unknown>[]>;
  /** Names of the files that the fingerprint covers, by parameter. */
  sources: Record<string, string[]>;
  summary?: string;
  warnings: string[];
}

/** Plans and runs `load` in a folder, as the runner would. */
export async function loadIn(
  dir: string,
  params: LoadParams,
  objects = new MemoryObjects(),
): Promise<Loaded> {
  const place = placeAt(dir);
  const sources = await sourcesOf(load, params, place);
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  await load.outline!({ params, inputs: {}, place, problem: () => {}, warn });
  const log = (_level: string, text: string) => warn(text);
  const { artifact, summary } = await load.run(contextOf(params, { place, sources, objects, log }));
  if (artifact.kind !== 'dataset') throw new Error('no dataset');
  const reader = openDataset(artifact, objects);
  const rows: Loaded['rows'] = {};
  for (const split of reader.splits) {
    rows[split] = [];
    for await (const row of reader.rows(split)) rows[split].push(row);
  }
  const names = Object.entries(sources).map(([param, files]) => [param, files.map((file) => file.name)]);
  return { artifact, objects, rows, sources: Object.fromEntries(names), summary, warnings };
}

/** What a person reads when loading fails. */
export async function failureOf(dir: string, params: LoadParams): Promise<string> {
  try {
    await loadIn(dir, params);
  } catch (error) {
    if (error instanceof EtudeError) return error.describe();
    throw error;
  }
  throw new Error('loading did not fail');
}

/** Values of one column of a split. */
export function columnOf(loaded: Loaded, column: string, split = 'train'): unknown[] {
  return loaded.rows[split]!.map((row) => row[column]);
}
