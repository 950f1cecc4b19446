import type { Feature, Features } from '../../stage/artifact.js';
import type { OutlineProblem } from '../../stage/stage-type.js';
import { type MatrixShape, matrixShape } from '../data/matrix.js';
import { columnProblem, type Report, splitProblem } from '../data/name-problems.js';
import { inputShape, type ModelConfig } from '../model/config.js';

/** The columns of labels and samples, and the parameters that name them. */
export interface ColumnParams {
  label_column: string;
  input_column: string;
}

/**
 * Checks that a dataset has a label column of classes and a column of samples, and reports any problem.
 *
 * @returns The class names, if they are known.
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
  // Before the run, there may be none because they are not known yet.
  if (feature._type === 'ClassLabel') return feature.names.length === 0 ? undefined : feature.names;
  report({
    param: ['label_column'],
    message: `column '${label_column}' has no classes`,
    expected: 'ClassLabel, as load produces with label_column_name',
    got: describeFeature(feature),
  });
  return undefined;
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
  if (labels === undefined || labels.length > 1) return;
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
