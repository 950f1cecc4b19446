import { isName } from '../src/learning/data/features.js';
import { checkFolds } from '../src/learning/data/fold-checks.js';
import {
  columnProblem,
  type Report,
  splitProblem,
  throwProblem,
} from '../src/learning/data/name-problems.js';
import { problemOf } from '../src/learning/data/parameter-error.js';
import { foldSizes, splitSizes } from '../src/learning/data/split-sizes.js';
import type { TrainTest } from '../src/learning/data/train-test-split.js';
import type { DatasetArtifact, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { SplitParams } from '../src/stage/params.js';
import type { Objects } from '../src/stage/stage-type.js';
import { EtudeError } from '../src/util/errors.js';

/** The most held-out groups that a stage's line names. */
const SHOWN_GROUPS = 8;

/** The split to divide: the named one, otherwise the only one, otherwise `train`. */
function chooseSplit(
  splits: Readonly<Record<string, unknown>>,
  params: SplitParams,
  report: Report,
): string | undefined {
  const names = Object.keys(splits);
  const name = params.split ?? (names.length === 1 ? names[0]! : 'train');
  const problem = splitProblem(splits, name, ['split']);
  if (problem !== undefined) {
    report(problem);
    return undefined;
  }
  const parts = [
    ['train_split_name', params.train_split_name],
    ['test_split_name', params.test_split_name],
  ] as const;
  for (const [param, part] of parts) {
    if (!isName(part)) report({ param: [param], message: `a split cannot be named '${part}'` });
    if (part === name || !names.includes(part)) continue;
    report({
      param: [param],
      message: `the dataset already has a split '${part}'`,
      expected: `another name for the part (${param}), or a dataset without that split (parameter split of its load stage)`,
    });
  }
  if (params.train_split_name === params.test_split_name) {
    report({ param: ['test_split_name'], message: `both parts would be named '${params.test_split_name}'` });
  }
  return name;
}

/** What can be said about the columns before any row is read. */
function checkColumns(features: Features, params: SplitParams, report: Report): void {
  checkFolds(params, report);
  const { stratify_by_column: stratify, group_by_column: group } = params;
  for (const [param, column] of Object.entries({ stratify_by_column: stratify, group_by_column: group })) {
    const problem = column === undefined ? undefined : columnProblem(features, column, [param]);
    if (problem !== undefined) report(problem);
  }
  if (
    stratify !== undefined &&
    Object.hasOwn(features, stratify) &&
    features[stratify]!._type !== 'ClassLabel'
  ) {
    const { _type } = features[stratify]!;
    report({
      param: ['stratify_by_column'],
      message: `cannot stratify by '${stratify}'`,
      expected: 'a ClassLabel column',
      got: _type,
    });
  }
  if (stratify !== undefined && !params.shuffle && params.folds === undefined) {
    report({
      param: ['stratify_by_column'],
      message: 'cannot stratify without shuffling',
      expected: 'shuffle: true',
    });
  }
  if (stratify !== undefined && group !== undefined) {
    report({
      param: ['group_by_column'],
      message: 'cannot stratify and keep groups together at the same time',
      expected: 'one of them',
    });
  }
  if (params.test_groups !== undefined) {
    for (const param of ['test_size', 'train_size'] as const)
      if (params[param] !== undefined)
        report({
          param: [param],
          message: `test_groups already determines the sizes of the parts`,
          expected: `no ${param}`,
        });
    if (group === undefined)
      report({
        param: ['test_groups'],
        message: 'test_groups needs to know which column has the groups',
        expected: 'group_by_column, a column of names or numbers',
      });
  }
  const grouping = group !== undefined && Object.hasOwn(features, group) ? features[group]! : undefined;
  const groupable = grouping === undefined || grouping._type === 'ClassLabel' || grouping._type === 'Value';
  if (!groupable || (grouping?._type === 'Value' && grouping.dtype === 'binary')) {
    report({
      param: ['group_by_column'],
      message: `cannot group by '${group}'`,
      expected: 'a column of names or numbers',
    });
  }
}

/** `heldOut`: the groups of the test part, if there are groups. */
async function cut(
  dataset: DatasetArtifact,
  name: string,
  params: SplitParams,
  objects: Objects,
): Promise<TrainTest & { heldOut?: string[] }> {
  // Arrow is heavy, and the planner loads this module just for its outline.
  const { openDataset } = await import('../src/learning/data/dataset.js');
  const { orderedSplit, randomSplit, stratifiedSplit } = await import(
    '../src/learning/data/train-test-split.js'
  );
  const n = dataset.splits[name]!.num_rows;
  const { stratify_by_column: stratify, group_by_column: group, test_groups, seed, shuffle, folds } = params;
  const order = shuffle ? seed : undefined;
  const { groupFolds, rowFolds, stratifiedFolds } = await import('../src/learning/data/folds.js');
  const sizes = folds === undefined ? splitSizes(n, params) : undefined;
  const column = stratify ?? group;
  if (column === undefined) {
    if (sizes === undefined) return foldParts(rowFolds(n, folds!, order), params);
    return shuffle ? randomSplit(n, sizes, seed) : orderedSplit(sizes);
  }
  const values = await openDataset(dataset, objects).column(name, column);
  const missing = values.findIndex((value) => value === null || Number.isNaN(value));
  if (missing >= 0) {
    throw new EtudeError(`no value in column '${column}' of split '${name}'`, {
      expected: stratify === undefined ? 'a group in every row' : 'a label in every row',
      where: { row: missing },
    });
  }
  if (stratify !== undefined) {
    const feature = dataset.features[stratify]!;
    const names = feature._type === 'ClassLabel' ? feature.names : [];
    if (sizes === undefined) return foldParts(stratifiedFolds(values as number[], folds!, order), params);
    return stratifiedSplit(values as number[], sizes, seed, (label) => names[label] ?? String(label));
  }
  const { groupSplit, namedGroupSplit } = await import('../src/learning/data/group-split.js');
  const groups = values.map((value) => (typeof value === 'number' ? value : String(value)));
  const feature = dataset.features[column];
  const names = groups.map((value) =>
    String(feature?._type === 'ClassLabel' ? feature.names[Number(value)] : value),
  );
  const parts =
    sizes === undefined
      ? foldParts(groupFolds(groups, folds!, order), params)
      : test_groups === undefined
        ? groupSplit(groups, sizes, order)
        : namedGroupSplit(names, test_groups, order);
  const inTest = new Set(Array.from(parts.test));
  return { ...parts, heldOut: [...new Set(names.filter((_, row) => inTest.has(row)))] };
}

/** The rows of one fold for testing, all others for training, in their order. */
function foldParts(foldOf: readonly number[], { fold }: SplitParams): TrainTest {
  const rows = foldOf.map((_, row) => row);
  return {
    train: rows.filter((row) => foldOf[row] !== fold),
    test: rows.filter((row) => foldOf[row] === fold),
  };
}

/** The groups of the test part, a few of them by name: `speaker ann, bob`. */
function groupsText(column: string, groups: readonly string[]): string {
  const more = groups.length > SHOWN_GROUPS ? ` and ${groups.length - SHOWN_GROUPS} more` : '';
  return `${column} ${groups.slice(0, SHOWN_GROUPS).join(', ')}${more}`;
}

/**
 * `Dataset.train_test_split` of Hugging Face datasets, with the same rows for the same seed;
 * `group_by_column` is Etude's own. With `folds`, scikit-learn's `KFold` and its kin. Writes row numbers
 * only; other splits pass through. Warns about clips that end up in two splits.
 */
const split = defineBuiltIn<SplitParams>()({
  name: 'split',
  description: 'Divides a split of a dataset into a train and a test part.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,
  repeatedBy: 'fold',

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    checkColumns(input.features, params, problem);
    const name = chooseSplit(input.splits, params, problem);
    if (name === undefined) return undefined;
    const n = input.splits[name];
    const { folds, fold = 0 } = params;
    // Complete groups rarely add up to the requested sizes, nor do a fold's shares of the classes.
    const isKnown = params.group_by_column === undefined && !(folds && params.stratify_by_column);
    let sizes: { n_train: number; n_test: number } | undefined;
    try {
      sizes = n === undefined ? undefined : folds ? foldSizes(n, folds, fold) : splitSizes(n, params);
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      const param =
        params.test_size === undefined && params.train_size !== undefined ? ['train_size'] : ['test_size'];
      problem({
        ...problemOf(error, 'test_size'),
        param: folds ? ['folds'] : 'test_size' in params || 'train_size' in params ? param : [],
      });
    }
    return {
      ...input,
      splits: replaceSplit(input.splits, name, {
        [params.train_split_name]: isKnown ? sizes?.n_train : undefined,
        [params.test_split_name]: isKnown ? sizes?.n_test : undefined,
      }),
    };
  },

  async run(context) {
    const { params, inputs, objects } = context;
    const { dataset } = inputs;
    checkColumns(dataset.features, params, throwProblem);
    const name = chooseSplit(dataset.splits, params, throwProblem)!;
    const { makeSplit, rowsOf } = await import('../src/stage/split-rows.js');
    const { train, test, heldOut } = await cut(dataset, name, params, objects);
    const rows = await rowsOf(dataset.splits[name]!, objects);
    const select = (positions: ArrayLike<number>) =>
      makeSplit(
        Array.from(positions, (i) => rows[i]!),
        objects,
      );
    const splits = replaceSplit(dataset.splits, name, {
      [params.train_split_name]: await select(train),
      [params.test_split_name]: await select(test),
    });
    const summary = Object.entries(splits)
      .map(([part, { num_rows }]) =>
        part === params.test_split_name && heldOut !== undefined
          ? `${part} ${num_rows} (${groupsText(params.group_by_column!, heldOut)})`
          : `${part} ${num_rows}`,
      )
      .join(', ');
    const artifact = { ...dataset, splits };
    const { warnOfRepeatedClips } = await import('../src/learning/data/repeated-clips.js');
    await warnOfRepeatedClips(context, artifact);
    const { classWarnings } = await import('../src/learning/data/split-classes.js');
    const parts = { ...artifact, splits: onlyParts(splits, params) };
    const except = params.group_by_column;
    for (const warning of await classWarnings(parts, objects, params.train_split_name, { except }))
      context.log('warning', warning);
    return { artifact, rowsComputed: 0, summary };
  },
});

/** Only the two parts: `load` has already reported on splits that pass through. */
function onlyParts<T>(
  splits: Record<string, T>,
  { train_split_name, test_split_name }: SplitParams,
): Record<string, T> {
  return { [train_split_name]: splits[train_split_name]!, [test_split_name]: splits[test_split_name]! };
}

/** The two parts in place of the split that they come from. */
function replaceSplit<T>(
  splits: Record<string, T>,
  name: string,
  parts: Record<string, T>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(splits).flatMap((entry) => (entry[0] === name ? Object.entries(parts) : [entry])),
  );
}

export default split;
