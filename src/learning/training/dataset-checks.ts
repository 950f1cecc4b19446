import type { Feature, Features } from '../../stage/artifact.js';
import type { OutlineProblem } from '../../stage/stage-type.js';
import { type MatrixShape, matrixShape } from '../data/matrix.js';
import { columnProblem, type Report, splitProblem } from '../data/name-problems.js';
import { inputShape, type ModelConfig } from '../model/config.js';
import type { ProblemType } from './problem-type.js';

const SINGLE: ProblemType = 'single_label_classification';

type Labels = { names: string[] | undefined } | { message: string; expected: string; hint?: string };

/** The columns of labels and samples, and the parameters that name them. */
export interface ColumnParams {
  label_column: string;
  input_column: string;
  /** Default: one class a clip. */
  problem_type?: ProblemType;
}

/**
 * Checks that a dataset has a column of labels of the problem's type and a column of samples, and reports any
 * problem.
 *
 * @returns The names of the classes, or of the numbers, if they are known.
 */
export function checkColumns(features: Features, params: ColumnParams, report: Report): string[] | undefined {
  const { label_column, input_column } = params;
  const inputs = inputProblem(features, input_column);
  if (inputs !== undefined) report(inputs);
  const labels = columnProblem(features, label_column, ['label_column']);
  if (labels !== undefined) {
    report(labels);
    return undefined;
  }
  const feature = features[label_column]!;
  const found = labelsIn(feature, label_column, params.problem_type ?? SINGLE);
  if (!('expected' in found)) return found.names;
  report({ param: ['label_column'], ...found, got: describeFeature(feature) });
  return undefined;
}

/** The names in a column of labels, or why it has none. */
function labelsIn(given: Feature, label_column: string, type: ProblemType): Labels {
  switch (type) {
    case 'regression':
      return numbersIn(given, label_column);
    case 'multi_label_classification': {
      const item = given._type === 'List' ? given.feature : undefined;
      if (item?._type === 'ClassLabel') return { names: known(item.names) };
      return {
        message: `column '${label_column}' has no lists of classes`,
        expected: `a list of ClassLabel for ${type}, as cast-column makes of lists of names`,
        hint: given._type === 'ClassLabel' ? 'One class a clip is single_label_classification.' : undefined,
      };
    }
    case 'single_label_classification':
      if (given._type === 'ClassLabel') return { names: known(given.names) };
      return {
        message: `column '${label_column}' has no classes`,
        expected: 'ClassLabel, as load produces with label_column_name',
      };
  }
}

/** Before the run, there may be none because they are not known yet. */
function known(names: string[]): string[] | undefined {
  return names.length === 0 ? undefined : names;
}

/**
 * As transformers names the outputs of a regression; of lists without a fixed length, how many is unknown.
 */
function numbersIn(feature: Feature, column: string): Labels {
  const item = feature._type === 'List' && feature.states === undefined ? feature.feature : feature;
  if (item._type === 'Value' && /^(?:float|u?int)/.test(item.dtype)) {
    const outputs = feature._type === 'List' ? feature.length : 1;
    return { names: outputs === undefined ? undefined : outputNames(outputs) };
  }
  return {
    message: `column '${column}' has no numbers`,
    expected: 'numbers for regression, or lists of numbers',
    hint: 'cast-column makes numbers of text (type: float32).',
  };
}

/** The names of the outputs of a regression. */
export function outputNames(outputs: number): string[] {
  return Array.from({ length: outputs }, (_, id) => `LABEL_${id}`);
}

/** The problem of a dataset without a column of samples, or of hidden states; undefined if it has one. */
export function inputProblem(features: Features, input_column: string): OutlineProblem | undefined {
  const missing = columnProblem(features, input_column, ['input_column']);
  if (missing !== undefined)
    return {
      ...missing,
      message: `${missing.message}; map-preprocess makes 'input_values' (for Whisper and Wav2Vec2-BERT 'input_features') from audio`,
    };
  const feature = features[input_column]!;
  if (isSamples(feature)) return undefined;
  return {
    param: ['input_column'],
    message: `column '${input_column}' has no samples`,
    expected: 'a list of numbers, as map-preprocess produces',
    got: describeFeature(feature),
  };
}

/** Checks that there is something to classify: if there is only one class, every model is right. */
export function checkClasses(labels: string[] | undefined, params: ColumnParams, report: Report): void {
  if (labels === undefined || labels.length > ((params.problem_type ?? SINGLE) === SINGLE ? 1 : 0)) return;
  report({
    param: ['label_column'],
    message: `column '${params.label_column}' has ${labels.length === 1 ? 'only one class' : 'no classes'}`,
    expected: 'at least two',
    got: labels.map((name) => `'${name}'`).join(),
  });
}

/** Checks that the dataset has a split and that it is not empty. */
export function checkSplit(
  splits: Readonly<Record<string, number | undefined>>,
  split: string,
  param: readonly (string | number)[],
  report: Report,
): void {
  const problem = splitProblem(splits, split, param);
  if (problem !== undefined) report(problem);
  else if (splits[split] === 0)
    report({ param, message: `split '${split}' is empty`, expected: 'at least one row' });
}

/** Rows per split. */
export function rowCounts(splits: Readonly<Record<string, { num_rows: number }>>): Record<string, number> {
  return Object.fromEntries(Object.entries(splits).map(([name, { num_rows }]) => [name, num_rows]));
}

/**
 * The problem of a column that a model cannot take: spectrograms for a model of samples, samples for one of
 * spectrograms, or spectrograms of another shape. Undefined for hidden states.
 */
export function inputMismatch(
  feature: Feature | undefined,
  input_column: string,
  config: Pick<ModelConfig, 'model_type' | 'spectrogram' | 'row_size'>,
): OutlineProblem | undefined {
  if (feature === undefined || (feature._type === 'List' && feature.states !== undefined)) return undefined;
  const { model_type, spectrogram } = config;
  const found = matrixShape(feature);
  const needed = inputShape(config);
  if (needed === undefined && found === undefined) return undefined;
  const isFit = (size: number | undefined, axis: number) => size === undefined || size === found?.[axis];
  if (found !== undefined && needed?.every(isFit)) return undefined;
  return {
    param: ['input_column'],
    message: `column '${input_column}' is not what a model of type '${model_type}' takes`,
    expected: needed === undefined ? 'samples' : shown(needed),
    got: found === undefined ? 'samples' : shown(found),
    hint:
      found !== undefined && spectrogram?.patches !== undefined && found[1] === spectrogram.shape[1]
        ? `The checkpoint has positions for ${spectrogram.shape[0]} frames, and for no other number: leave out max_length in map-preprocess.`
        : 'The map-preprocess stage before it must have the feature extractor of the same checkpoint.',
  };
}

function shown([rows, columns]: MatrixShape): string {
  return rows === undefined ? `rows of ${columns} numbers` : `spectrograms of ${rows} by ${columns}`;
}

function isSamples(feature: Feature): boolean {
  if (matrixShape(feature) !== undefined) return true;
  return (
    feature._type === 'List' && feature.feature._type === 'Value' && /^float/.test(feature.feature.dtype)
  );
}

function describeFeature(feature: Feature): string {
  if (feature._type === 'Value') return feature.dtype;
  return feature._type === 'List' ? `a list of ${describeFeature(feature.feature)}` : feature._type;
}
