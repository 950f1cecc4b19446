import type { Features } from '../../../stage/artifact.js';
import type { EvaluateParams } from '../../../stage/params.js';
import { suggest } from '../../../util/suggest.js';
import { count, listOf } from '../../../util/words.js';
import { splitName } from '../../data/clip-names.js';
import type { Report } from '../../data/name-problems.js';
import { checkClipColumn } from '../clips-of-rows.js';
import { checkColumns, checkSplit } from '../dataset-checks.js';
import type { ProblemType } from '../problem-type.js';
import { checkGroups } from './group-columns.js';

/** The most class names that a message lists. */
const MOST_NAMED = 5;

/** A dataset that a model is evaluated on, before or after anything has run. */
interface Data {
  features: Features;
  /** Rows, if they are known. */
  splits: Readonly<Record<string, number | undefined>>;
}

/** The model, as far as it is known. */
interface Known {
  labels?: readonly string[];
  problem_type?: ProblemType;
}

/** Reports a model that has no weights, because it is an export of one. */
export function checkHasWeights(model: { isExport?: boolean } | undefined, report: Report): void {
  if (!model?.isExport) return;
  report({
    param: [],
    input: 'model',
    message: 'the model is an export, which has no weights',
    expected: 'the model that was exported',
  });
}

/** The inputs of an evaluation that are datasets, in the order of its results: `dataset`, then by name. */
export function datasetInputs(inputs: readonly string[]): string[] {
  const others = inputs.filter((name) => name !== 'model' && name !== 'dataset').sort();
  return inputs.includes('dataset') ? ['dataset', ...others] : others;
}

/** The splits of a dataset that are evaluated. */
export function evaluatedSplits({ split }: Pick<EvaluateParams, 'split'>, input: string): string[] {
  const { named, all } = partsOf(split);
  return [all ?? (named !== undefined && Object.hasOwn(named, input) ? named[input]! : 'test')].flat();
}

type Names = string | string[];

/** The parameter `split`: for all datasets, or by their names. */
function partsOf(split: EvaluateParams['split']): { all?: Names; named?: Record<string, Names> } {
  return typeof split === 'string' || Array.isArray(split) ? { all: split } : { named: split };
}

/** Reports names in `split` that are not those of datasets, and results that would have the same name. */
export function checkSplitNames({ split }: EvaluateParams, inputs: readonly string[], report: Report): void {
  const results = inputs.flatMap((input) =>
    evaluatedSplits({ split }, input).map((name) => splitName(input, name)),
  );
  const twice = results.find((name, index) => results.indexOf(name) < index);
  if (twice !== undefined)
    report({
      param: ['split'],
      message: `two results would be called '${twice}'`,
      expected: 'different names',
    });
  for (const name of Object.keys(partsOf(split).named ?? {}).filter((each) => !inputs.includes(each)))
    report({
      param: ['split', name],
      message: `there is no dataset '${name}' in \`from\``,
      expected: `one of ${inputs.join(', ')}`,
      suggestion: suggest(name, inputs),
    });
}

/**
 * Checks that a dataset can be evaluated, and reports every problem: with the dataset's name if it has one of
 * the recipe's choice.
 *
 * @returns The model's number of each of the dataset's classes, which are aligned by name; `undefined` if
 * they are the model's, or not known.
 */
export function checkEvaluated(
  input: string,
  { features, splits }: Data,
  params: EvaluateParams,
  { labels: known, problem_type }: Known,
  reportAny: Report,
): number[] | undefined {
  const { all, named } = partsOf(params.split);
  const given = named !== undefined && Object.hasOwn(named, input) ? named[input] : all;
  const at = given !== undefined && named !== undefined ? ['split', input] : ['split'];
  const report: Report =
    input === 'dataset'
      ? reportAny
      : (found) => {
          const atSplit = at.length > 1 && found.param[0] === 'split';
          const message = `dataset '${input}': ${found.message}`;
          reportAny({ ...found, message, ...(!atSplit && { input }) });
        };
  for (const [index, name] of evaluatedSplits(params, input).entries()) {
    checkSplit(splits, name, Array.isArray(given) ? [...at, index] : at, report);
  }
  checkGroups(features, params, report);
  checkClipColumn(features, params, report);
  const labels = checkColumns(features, { ...params, problem_type }, report);
  if (labels === undefined || known === undefined) return undefined;
  return problem_type === 'regression'
    ? checkOutputs(labels, known, params, report)
    : alignClasses(labels, known, params, report);
}

function checkOutputs(
  data: readonly string[],
  model: readonly string[],
  { label_column }: EvaluateParams,
  report: Report,
): undefined {
  if (data.length === model.length) return;
  report({
    param: ['label_column'],
    message: `column '${label_column}' has not as many numbers as the model`,
    expected: count(model.length, 'number'),
    got: String(data.length),
  });
}

function alignClasses(
  data: readonly string[],
  model: readonly string[],
  { label_column }: EvaluateParams,
  report: Report,
): number[] | undefined {
  if (data.length === model.length && data.every((name, id) => name === model[id])) return undefined;
  const unknown = data.filter((name) => !model.includes(name));
  if (unknown.length === 0) return data.map((name) => model.indexOf(name));
  const show = (names: readonly string[]) =>
    `${count(names.length, 'class')}: ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`;
  const named = listOf(unknown.slice(0, MOST_NAMED).map((name) => `'${name}'`));
  report({
    param: ['label_column'],
    message: `column '${label_column}' has classes that the model does not have: ${named}${unknown.length > MOST_NAMED ? ', …' : ''}`,
    expected: show(model),
    got: show(data),
    hint: 'relabel renames, merges or drops classes.',
  });
  return undefined;
}
