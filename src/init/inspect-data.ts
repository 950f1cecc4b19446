import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { EtudeError } from '../errors.js';
import { placeOf } from '../recipe/place.js';
import { findStageType } from '../stage-registry.js';
import type { OutlineProblem } from '../stage-type.js';

/** What `load` tells of a folder of labelled audio, before anything is read. */
export interface FoundData {
  /** As the recipe names it: relative to its own folder, with `/`. */
  path: string;
  audio: string;
  /** The column of classes; its names, where they are known this early. */
  label: string;
  classes: string[];
  /** `label_column_name` of `load`, where the labels are only text without it. */
  asked?: string;
  others: string[];
  /** Rows a split. */
  splits: Record<string, number | undefined>;
}

/** Columns that could be the labels, when it cannot be told which of them is. */
export interface Undecided {
  columns: string[];
}

/** Words that `load` takes for a format rather than a folder. */
const FORMATS = ['parquet', 'csv', 'json', 'audiofolder'];

/**
 * Looks into a folder (or file) of audio as the stage `load` would. The labels are the column `label`, else the only one that may be
 * labels. Throws an EtudeError where there is no data, no audio, or fewer than two classes.
 *
 * @param folder where the recipe will lie
 * @param label the column of the labels, when somebody said so
 */
export async function inspectData(
  data: string,
  folder: string,
  label?: string,
): Promise<FoundData | Undecided> {
  // What is not here may be the name of a data set of the Hub, and is not what is looked for.
  if (!existsSync(data)) throw new EtudeError(`no such file or folder: '${data}'`);
  const path = pathFrom(folder, data);
  const features = await outline(path, folder);
  const columns = Object.keys(features.features);
  const kind = (column: string) =>
    features.features[column] as { _type?: string; dtype?: string; names?: string[] };
  const audio = ['audio', ...columns].find((column) => kind(column)?._type === 'Audio');
  if (audio === undefined)
    throw new EtudeError(`no audio in '${data}'`, {
      expected: 'folders of audio files, one a class, or a table with a column of audio',
      got: `columns ${columns.join(', ')}`,
    });
  const labels = columns.filter((column) => kind(column)._type === 'ClassLabel');
  const texts = columns.filter((column) => kind(column)._type === 'Value' && kind(column).dtype === 'string');
  if (label !== undefined && !labels.includes(label) && !texts.includes(label))
    throw new EtudeError(`no column '${label}' that could be labels in '${data}'`, {
      expected: [...labels, ...texts].join(', ') || 'a column of names',
      got: `columns ${columns.join(', ')}`,
    });
  const only =
    labels.length === 1 ? labels[0] : labels.length === 0 && texts.length === 1 ? texts[0] : undefined;
  const chosen = label ?? (labels.includes('label') ? 'label' : only);
  if (chosen === undefined) {
    if (labels.length + texts.length === 0) throw noLabels(data);
    return { columns: [...labels, ...texts] };
  }
  const asked = labels.includes(chosen) ? undefined : chosen;
  const known = asked === undefined ? features : await outline(path, folder, asked);
  const classes = (known.features[chosen] as { names?: string[] }).names ?? [];
  if (classes.length === 1)
    throw new EtudeError(`one class only in '${data}'`, { expected: 'at least two', got: classes[0]! });
  const others = columns.filter((column) => column !== audio && column !== chosen);
  return { path, audio, label: chosen, classes, ...(asked && { asked }), others, splits: known.splits };
}

async function outline(path: string, folder: string, label?: string) {
  const place = placeOf(resolve(folder, 'recipe.yaml'));
  const found = await findStageType('load', place);
  if ('problem' in found) throw new Error(found.problem.message);
  const problems: OutlineProblem[] = [];
  const params = { path, ...(label !== undefined && { label_column_name: label }) };
  const told = await found.type.outline!({
    params,
    inputs: {},
    place,
    problem: (each) => problems.push(each),
    warn: () => {},
  });
  const [first] = problems;
  if (first !== undefined) {
    const { message, expected, got, hint } = first;
    throw new EtudeError(message, { expected, got, hint });
  }
  if (told?.kind !== 'dataset')
    throw new EtudeError(`the data in '${path}' cannot be read`, {
      hint: 'A recipe that loads it tells more: etude check',
    });
  return told;
}

function pathFrom(folder: string, data: string): string {
  const path = relative(resolve(folder), resolve(data)).split(sep).join('/');
  return path === '' ? '.' : FORMATS.includes(path) ? `./${path}` : path;
}

function noLabels(data: string): EtudeError {
  return new EtudeError(`no labels in '${data}'`, {
    expected: 'audio in folders that are named after the classes, or a column of labels',
    hint: 'For example clips/yes/1.wav, clips/no/2.wav, … or a metadata.csv with the columns file_name and label.',
  });
}
