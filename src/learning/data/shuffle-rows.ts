import { NumpyRandom } from '../../random/numpy-random.js';
import type { DatasetArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { pickRows } from './pick-rows.js';

/**
 * The dataset with the rows of some splits in the order that `Dataset.shuffle(seed)` of Hugging Face datasets
 * gives them: a permutation by NumPy's `default_rng`, seeded anew for each split.
 */
export async function shuffleRows(
  dataset: DatasetArtifact,
  splits: readonly string[],
  seed: number,
  objects: Objects,
): Promise<DatasetArtifact> {
  const shuffled = splits.map((name) => {
    const rows = dataset.splits[name]!.num_rows;
    return [name, new NumpyRandom(seed).permutation(rows)] as const;
  });
  return pickRows(dataset, new Map(shuffled), objects);
}
