import type { DatasetArtifact, Features } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { openDataset } from './dataset.js';

/** The most classes that a sentence names. */
const SHOWN = 5;

/** The column whose classes a training would learn: `label`, otherwise the only ClassLabel column. */
function labelColumn(features: Features): string | undefined {
  const columns = Object.keys(features).filter((column) => features[column]!._type === 'ClassLabel');
  return columns.includes('label') ? 'label' : columns.length === 1 ? columns[0] : undefined;
}

/**
 * Oddities in the classes of a dataset's splits, as sentences: a single class, and classes that `train` has
 * but another split lacks, or the reverse. Nothing if it is not clear which column is the label.
 *
 * @param train The split to train on; the first one if there is none of that name.
 * @param options.except A column that is supposed to differ: the one that groups were formed by.
 */
export async function classWarnings(
  dataset: DatasetArtifact,
  objects: Objects,
  train = 'train',
  { except }: { except?: string } = {},
): Promise<string[]> {
  const column = labelColumn(dataset.features);
  const feature = column === undefined ? undefined : dataset.features[column]!;
  if (column === undefined || column === except || feature?._type !== 'ClassLabel') return [];
  const { names } = feature;
  if (names.length === 1)
    return [`'${column}' has only one class, '${names[0]}': there is nothing to classify`];
  const reader = openDataset(dataset, objects);
  const splits = new Map<string, Set<unknown>>();
  for (const split of reader.splits) splits.set(split, new Set(await reader.column(split, column)));
  const [first, ...more] = new Set([...splits.values()].flatMap((found) => [...found]));
  if (first !== undefined && more.length === 0)
    return [
      `all rows are of one class of '${column}', '${names[Number(first)]}': there is nothing to classify`,
    ];
  const trained = splits.has(train) ? train : reader.splits[0]!;
  const inTrain = splits.get(trained)!;
  return [...splits].flatMap(([split, found]) => {
    if (split === trained) return [];
    const unseen = names.filter((_, id) => found.has(id) && !inTrain.has(id));
    const untested = names.filter((_, id) => inTrain.has(id) && !found.has(id));
    return [
      ...(unseen.length === 0
        ? []
        : [`split '${split}' has rows of ${list(unseen)}, but split '${trained}' has none`]),
      ...(untested.length === 0
        ? []
        : [`split '${trained}' has rows of ${list(untested)}, but split '${split}' has none`]),
    ];
  });
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.length === 1 ? 'class' : 'classes'} ${shown.join(', ')}${more}`;
}
