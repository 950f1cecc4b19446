import type { DatasetArtifact } from '../../stage/artifact.js';
import { makeSplit, rowsOf } from '../../stage/split-rows.js';
import type { Objects } from '../../stage/stage-type.js';

/**
 * The dataset with other rows in some splits: a new manifest over the same chunks.
 *
 * @param picked by split, the positions (from 0) of its new rows among its old ones, in order; other splits
 * stay as they are
 */
export async function pickRows(
  dataset: DatasetArtifact,
  picked: ReadonlyMap<string, ArrayLike<number>>,
  objects: Objects,
): Promise<DatasetArtifact> {
  const splits: [string, DatasetArtifact['splits'][string]][] = [];
  for (const [name, split] of Object.entries(dataset.splits)) {
    const positions = picked.get(name);
    if (positions === undefined) {
      splits.push([name, split]);
      continue;
    }
    const rows = await rowsOf(split, objects);
    const selected = Array.from(positions, (position) => rows[position]!);
    splits.push([name, await makeSplit(selected, objects)]);
  }
  return { ...dataset, splits: Object.fromEntries(splits) };
}
