import type { DatasetArtifact } from '../../../stage/artifact.js';
import type { ClipSource } from '../../../stage/stage-type.js';
import { openDataset } from '../../data/dataset.js';
import type { Named } from '../named.js';
import type { ReportedRun } from '../section.js';
import { type Measured, measureData } from './measure-data.js';

/** A dataset, as a report shows it. */
export interface DataOnPage {
  stage: string;
  splits: readonly DataSplit[];
  /** Names of the classes, if it has any. */
  labels?: readonly string[];
  source?: ClipSource;
}

export interface DataSplit {
  name: string;
  rows: number;
  /** Class number of each row; `null` if it has none. */
  classes?: readonly (number | null)[];
  /** Each row's clip. */
  clips?: readonly Measured[];
}

const NOT_STORED = { get: async () => undefined, set: async () => {} };

/** The last dataset of a run that has audio, or else the last one. */
export function shownDataset(
  datasets: readonly Named<DatasetArtifact>[],
): Named<DatasetArtifact> | undefined {
  return datasets.findLast(({ artifact }) => audioColumn(artifact) !== undefined) ?? datasets.at(-1);
}

/**
 * Splits, classes and clips of a dataset.
 *
 * @param labels The classes of an evaluation: of several columns of classes, the one that has these.
 */
export async function readData(
  { stage, artifact }: Named<DatasetArtifact>,
  { objects, measuring }: Pick<ReportedRun, 'objects' | 'measuring'>,
  labels?: readonly string[],
): Promise<DataOnPage> {
  const reader = openDataset(artifact, objects);
  const column = audioColumn(artifact);
  const classes = classColumn(artifact, labels);
  const measured =
    column === undefined
      ? undefined
      : await measureData(artifact, column, objects, {
          chunks: NOT_STORED,
          code: '',
          cores: 1,
          signal: new AbortController().signal,
          progress: () => {},
          log: () => {},
          ...measuring,
        });
  const splits: DataSplit[] = [];
  for (const name of reader.splits)
    splits.push({
      name,
      rows: reader.num_rows(name),
      classes: classes && ((await reader.column(name, classes.column)) as (number | null)[]),
      clips: measured?.get(name),
    });
  return {
    stage,
    splits,
    labels: classes?.names,
    source: column === undefined ? undefined : { dataset: artifact, column },
  };
}

function audioColumn({ features }: DatasetArtifact): string | undefined {
  return Object.keys(features).find((name) => features[name]!._type === 'Audio');
}

function classColumn({ features }: DatasetArtifact, labels: readonly string[] = []) {
  const found = Object.entries(features).flatMap(([column, feature]) =>
    feature._type === 'ClassLabel' ? [{ column, names: feature.names }] : [],
  );
  return (
    found.find(({ names }) => names.join('\n') === labels.join('\n')) ??
    found.find(({ column }) => column === 'label') ??
    found[0]
  );
}
