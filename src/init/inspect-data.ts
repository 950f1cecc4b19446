import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { placeOf } from '../pipeline/recipe/recipe-paths.js';
import { findStageType } from '../stage/find-stage-type.js';
import type { LoadParams } from '../stage/params.js';
import type { OutlineProblem, Place } from '../stage/stage-type.js';
import { EtudeError } from '../util/errors.js';
import { lookUp } from '../util/look-up.js';
import { count } from '../util/words.js';
import { BY_NAME, chooseLabel, labelColumns, speakerColumn } from './choose-columns.js';
import { type ClipSummary, measureClips } from './measure-clips.js';
import { type Counts, clipsOf, countValues } from './read-rows.js';

/** What is found in a folder of labelled audio. */
export interface FoundData {
  /** As the recipe names it: relative to its own folder, with `/`. */
  path: string;
  /** `data_root` of `load`, likewise. */
  dataRoot?: string;
  audio: string;
  /** The column of classes, and why it was chosen. */
  label: string;
  why: string;
  /** Its classes, in their order. */
  classes: string[];
  /** `label_column_name` of `load`, if the labels are just text or numbers without it. */
  asked?: string;
  others: string[];
  /** Rows per split. */
  splits: Record<string, number | undefined>;
  /** The split to train on, or to divide into a train and a test part. */
  train: string;
  /** Rows per class of that split, and rows without a label. */
  counts: Counts;
  /** The column that names the speaker, and how many there are. */
  speakers?: { column: string; count: number };
  /**
   * How to split off a test part: so that no speaker is in both, so that classes keep their proportions, or
   * at random and why.
   */
  cut: { by: 'group' } | { by: 'stratify' } | { by: 'chance'; why: string };
  clips?: ClipSummary;
}

/** Columns that could be the labels, and why it is not clear which one is. */
export interface Undecided {
  columns: string[];
  because: string;
}

/** Words that `load` takes for a format rather than a folder. */
const FORMATS = ['parquet', 'csv', 'json', 'audiofolder'];
/** With fewer speakers, a test part that holds out some of them is far from the requested size. */
const FEWEST_SPEAKERS = 5;
/** With fewer clips, classes of one clip each are no reason for doubt. */
const FEWEST_CLIPS = 10;
/** The size of the test part in recipes that `init` writes, as a fraction. */
export const TEST_SIZE = 0.2;

/**
 * Looks into a folder (or file) of audio as the stage `load` would: which column is the label, what classes,
 * speakers and clips there are. Throws an EtudeError if there is no data, no audio, or fewer than two
 * classes.
 *
 * @param folder where the recipe will be
 * @param label the label column, if given
 * @param root the folder that must contain the audio that a table names, if not the data's own
 */
export async function inspectData(
  data: string,
  folder: string,
  label?: string,
  root?: string,
): Promise<FoundData | Undecided> {
  // A missing path may be the name of a dataset on the Hub, which is not what is wanted here.
  if (!existsSync(data)) throw new EtudeError(`no such file or folder: '${data}'`);
  const path = pathFrom(folder, data);
  const place = placeOf(resolve(folder, 'recipe.yaml'));
  const dataRoot = root === undefined ? undefined : pathFrom(folder, root);
  const source = { path, ...(dataRoot !== undefined && { data_root: dataRoot }) };
  const outlined = await outline(source, place);
  const { features } = outlined;
  const columns = Object.keys(features);
  const audio = ['audio', ...columns].find((column) => lookUp(features, column)?._type === 'Audio');
  if (audio === undefined)
    throw new EtudeError(`no audio in '${data}'`, {
      expected: 'one folder of audio files per class, or a table with an audio column',
      got: `columns ${columns.join(', ')}`,
    });
  const possible = labelColumns(features);
  if (label !== undefined && !possible.includes(label))
    throw new EtudeError(`no column '${label}' of possible labels in '${data}'`, {
      expected: possible.join(', ') || 'a column of names or integers',
      got: `columns ${columns.join(', ')}`,
    });
  const chosen = label === undefined ? chooseLabel(features) : { column: label, why: 'as asked' };
  if ('unsure' in chosen) {
    if (possible.length === 0) throw noLabels(data, outlined.warnings, chosen.unsure);
    return { columns: possible, because: chosen.unsure };
  }
  const asked = features[chosen.column]!._type === 'ClassLabel' ? undefined : chosen.column;
  const params = { ...source, ...(asked !== undefined && { label_column_name: asked }) };
  const known = asked === undefined ? outlined : await outline(params, place);
  const classes = (known.features[chosen.column] as { names?: string[] }).names ?? [];
  const others = possible.filter((column) => column !== chosen.column);
  if (classes.length === 1)
    throw new EtudeError(`only one class in '${data}'`, {
      expected: 'at least two',
      got: `'${classes[0]}' in column '${chosen.column}'`,
      hint: others.length > 0 ? `--label takes another column: ${others.join(', ')}.` : undefined,
    });
  const train = Object.hasOwn(known.splits, 'train') ? 'train' : Object.keys(known.splits)[0]!;
  const speaker = speakerColumn(features, chosen.column);
  const counted = [chosen.column, ...(speaker === undefined ? [] : [speaker])];
  const counts = await countValues(params, place, train, counted);
  const { rows, missing, values } = counts[chosen.column]!;
  // A transcription, say, or a number for each clip.
  const isGuess = label === undefined && chosen.why !== BY_NAME;
  if (isGuess && asked !== undefined && rows >= FEWEST_CLIPS && values.size > (rows - missing) / 2)
    return {
      columns: possible,
      because: `column '${chosen.column}' has ${count(values.size, 'value')} for ${count(rows - missing, 'clip')}`,
    };
  const speakers =
    speaker === undefined ? undefined : { column: speaker, count: counts[speaker]!.values.size };
  const named = speaker !== undefined && counts[speaker]!.missing === 0 && speakers!.count >= FEWEST_SPEAKERS;
  const obstacle = named ? undefined : stratifyObstacle(counts[chosen.column]!);
  return {
    path,
    ...(dataRoot !== undefined && { dataRoot }),
    audio,
    label: chosen.column,
    why: chosen.why,
    classes,
    ...(asked && { asked }),
    others: columns.filter((column) => column !== audio && column !== chosen.column),
    splits: known.splits,
    train,
    counts: counts[chosen.column]!,
    ...(speakers && { speakers }),
    cut: named
      ? { by: 'group' }
      : obstacle === undefined
        ? { by: 'stratify' }
        : { by: 'chance', why: obstacle },
    clips: await measureClips(await clipsOf(source, place, audio)),
  };
}

/** Why a split cannot keep the proportions of its classes; `undefined` if it can. */
function stratifyObstacle({ rows, missing, values }: Counts): string | undefined {
  if (missing > 0) return `${count(missing, 'row')} without a label`;
  const rare = [...values].find(([, rows]) => rows < 2);
  if (rare !== undefined) return `class ${JSON.stringify(rare[0])} has only one clip`;
  const test = Math.ceil(TEST_SIZE * rows);
  if (Math.min(test, rows - test) < values.size)
    return 'there are too few clips for each class to be in both parts';
  return undefined;
}

async function outline(params: LoadParams, place: Place) {
  const found = await findStageType('load', place);
  if ('problem' in found) throw new Error(found.problem.message);
  const problems: OutlineProblem[] = [];
  const warnings: string[] = [];
  const outlined = await found.type.outline!({
    params: { ...params },
    inputs: {},
    place,
    problem: (each) => problems.push(each),
    warn: (text) => warnings.push(text),
  });
  const [first] = problems;
  if (first !== undefined) {
    const { message, expected, got, hint } = first;
    throw new EtudeError(message, { expected, got, hint: hint?.replace('data_root: ', '--data-root ') });
  }
  // Problems inside a file are reported when it is read for the plan.
  if (outlined === undefined) await found.type.sources?.({ ...params }, place);
  if (outlined?.kind !== 'dataset')
    throw new EtudeError(`the data in '${params.path}' cannot be read`, {
      hint: 'For details, run etude check on a recipe that loads it',
    });
  return { ...outlined, warnings };
}

function pathFrom(folder: string, data: string): string {
  const path = relative(resolve(folder), resolve(data)).split(sep).join('/');
  return path === '' ? '.' : FORMATS.includes(path) ? `./${path}` : path;
}

function noLabels(data: string, warnings: readonly string[], because: string): EtudeError {
  return new EtudeError(`no labels in '${data}'`, {
    got: warnings[0] ?? because,
    expected: 'audio in folders named after the classes, or a label column',
    hint: 'For example clips/yes/1.wav, clips/no/2.wav, … or a metadata.csv with the columns file_name and label.',
  });
}
