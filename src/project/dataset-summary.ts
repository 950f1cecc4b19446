import { openDataset } from '../learning/data/dataset.js';
import { storedDurations } from '../learning/data/stored-durations.js';
import type { DatasetArtifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';

/** How often each class of a column occurs. */
export interface ClassCounts {
  column: string;
  classes: readonly { label: string; rows: Readonly<Record<string, number>> }[];
}

/** Durations of the clips of a split, in seconds, as far as they are known without decoding. */
export interface Durations {
  column: string;
  split: string;
  seconds: readonly number[];
}

/** The classes of a dataset, counted split by split. */
export async function countClasses(
  artifact: DatasetArtifact,
  objects: Objects,
  splits: readonly string[],
): Promise<ClassCounts[]> {
  const reader = openDataset(artifact, objects);
  const counts: ClassCounts[] = [];
  for (const [column, feature] of Object.entries(artifact.features)) {
    if (feature._type !== 'ClassLabel') continue;
    const classes = feature.names.map((label) => ({ label, rows: {} as Record<string, number> }));
    for (const split of splits)
      for (const id of await reader.column(split, column)) {
        const found = classes[id as number];
        if (found !== undefined) found.rows[split] = (found.rows[split] ?? 0) + 1;
      }
    counts.push({ column, classes });
  }
  return counts;
}

/** Durations of a dataset's clips, for each column with audio and each split. */
export async function clipDurations(
  artifact: DatasetArtifact,
  objects: Objects,
  splits: readonly string[],
): Promise<Durations[]> {
  const found: Durations[] = [];
  for (const [column, feature] of Object.entries(artifact.features)) {
    if (feature._type !== 'Audio') continue;
    const durations = await storedDurations(artifact, column, objects);
    for (const split of splits) found.push({ column, split, seconds: durations.get(split) ?? [] });
  }
  return found;
}
