import { isName } from '../src/learning/data/features.js';
import { columnProblem, type Report, throwProblem } from '../src/learning/data/name-problems.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { RenameParams } from '../src/stage/params.js';

/**
 * The new name of every column, in order; names missing columns and new names that two columns would share.
 */
function newNames(features: Features, columns: Record<string, string>, report: Report): Map<string, string> {
  for (const old of Object.keys(columns)) {
    const problem = columnProblem(features, old, ['columns', old]);
    if (problem !== undefined) report(problem);
  }
  const names = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const old of Object.keys(features)) {
    const name = Object.hasOwn(columns, old) ? columns[old]! : old;
    const other = taken.get(name);
    if (!isName(name)) report({ param: ['columns', old], message: `a column cannot be named '${name}'` });
    if (other !== undefined) {
      report({
        param: ['columns', Object.hasOwn(columns, old) ? old : other],
        message: `two columns would be named '${name}'`,
        expected: 'a name that no other column has',
        got: `'${other}' and '${old}'`,
      });
    }
    taken.set(name, old);
    names.set(old, name);
  }
  return names;
}

/**
 * `Dataset.rename_columns` of Hugging Face datasets: a new manifest over the same chunks; no data is copied.
 */
const rename = defineBuiltIn<RenameParams>()({
  name: 'rename',
  description: 'Renames columns of a dataset.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const names = newNames(input.features, params.columns, problem);
    return { ...input, features: renameKeys(input.features, names) };
  },

  async run({ params, inputs }) {
    const { dataset } = inputs;
    const names = newNames(dataset.features, params.columns, throwProblem);
    const chunks = dataset.chunks.map(({ rows, columns }) => ({ rows, columns: renameKeys(columns, names) }));
    const summary = Object.entries(params.columns)
      .map(([old, name]) => `${old} → ${name}`)
      .join(', ');
    return {
      artifact: { ...dataset, features: renameKeys(dataset.features, names), chunks },
      rowsComputed: 0,
      summary,
    };
  },
});

function renameKeys<T>(values: Record<string, T>, names: Map<string, string>): Record<string, T> {
  return Object.fromEntries([...names].map(([old, name]) => [name, values[old]!]));
}

export default rename;
