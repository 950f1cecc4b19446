import { chosenSplits } from '../src/learning/data/chosen-splits.js';
import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { SelectParams } from '../src/stage/params.js';
import { count } from '../src/util/words.js';

/** What can be said before the number of rows is known. */
function checkParams({ indices, skip, take }: SelectParams, report: Report): void {
  if (indices === undefined && skip === undefined && take === undefined)
    report({ param: [], message: 'nothing says which rows to select', expected: 'indices, take or skip' });
  if (indices !== undefined && (skip !== undefined || take !== undefined))
    report({
      param: [skip === undefined ? 'take' : 'skip'],
      message: 'indices already says which rows to select',
      expected: 'either indices, or take and skip',
    });
}

/** The positions to keep of a split of `rows` rows; reports those that it does not have. */
function positionsOf(
  split: string,
  rows: number,
  { indices, skip = 0, take }: SelectParams,
  report: Report,
): ArrayLike<number> {
  const has = `split '${split}' has ${count(rows, 'row')}`;
  if (indices !== undefined) {
    indices.forEach((index, i) => {
      if (index < rows) return;
      const expected = rows === 0 ? 'a split with rows' : `0 to ${rows - 1}`;
      report({ param: ['indices', i], message: has, expected, got: String(index) });
    });
    return indices;
  }
  const left = Math.max(0, rows - skip);
  if (left === 0 && skip > 0)
    report({
      param: ['skip'],
      message: `${has}, so none would be left`,
      expected: rows === 0 ? 'a split with rows' : `less than ${rows}`,
      got: String(skip),
      hint: 'The parameter split limits the selection to splits with enough rows.',
    });
  return Uint32Array.from({ length: Math.min(take ?? left, left) }, (_, i) => skip + i);
}

/** `Dataset.select`, `take` and `skip` of Hugging Face datasets, for each split. Writes row numbers only. */
const select = defineBuiltIn<SelectParams>()({
  name: 'select',
  description: 'Keeps rows of a dataset by position.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem }) {
    checkParams(params, problem);
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const sizes = chosenSplits(input.splits, params.split, problem).map((name) => {
      const rows = input.splits[name];
      const known = rows === undefined ? params.indices : positionsOf(name, rows, params, problem);
      return [name, known?.length ?? params.take] as const;
    });
    return { ...input, splits: { ...input.splits, ...Object.fromEntries(sizes) } };
  },

  async run({ params, inputs, objects }) {
    const { dataset } = inputs;
    checkParams(params, throwProblem);
    const { pickRows } = await import('../src/learning/data/pick-rows.js');
    const names = chosenSplits(dataset.splits, params.split, throwProblem);
    const picked = names.map((name) => {
      const rows = dataset.splits[name]!.num_rows;
      return [name, positionsOf(name, rows, params, throwProblem)] as const;
    });
    const summary = picked
      .map(([name, { length }]) => `${name} ${length} of ${dataset.splits[name]!.num_rows}`)
      .join(', ');
    return { artifact: await pickRows(dataset, new Map(picked), objects), rowsComputed: 0, summary };
  },
});

export default select;
