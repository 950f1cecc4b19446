import type { DatasetArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { openDataset } from '../data/dataset.js';
import { outputNames } from './dataset-checks.js';

/**
 * The names of a regression's outputs where the type of the column does not say how many there are: as many
 * as the first row has.
 *
 * @throws EtudeError if it has none.
 */
export async function outputsIn(
  dataset: DatasetArtifact,
  split: string,
  column: string,
  objects: Objects,
): Promise<string[]> {
  const first = (await openDataset(dataset, objects).value(split, column, 0)) as ArrayLike<unknown> | null;
  if (first !== null && first.length > 0) return outputNames(first.length);
  throw new EtudeError(`the first row of split '${split}' has no numbers`, {
    expected: `'${column}' as a list of numbers`,
    where: { row: 0 },
  });
}
