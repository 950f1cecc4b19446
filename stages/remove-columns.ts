import { columnProblem, type Report, throwProblem } from '../src/learning/data/name-problems.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { RemoveColumnsParams } from '../src/stage/params.js';

/** The features that stay, in order; names every missing column. */
function keep(features: Features, columns: readonly string[], report: Report): Features {
  columns.forEach((column, i) => {
    const problem = columnProblem(features, column, ['columns', i]);
    if (problem !== undefined) report(problem);
  });
  return Object.fromEntries(Object.entries(features).filter(([name]) => !columns.includes(name)));
}

/**
 * `Dataset.remove_columns` of Hugging Face datasets: a new manifest over the same chunks; no data is copied.
 */
const removeColumns = defineBuiltIn<RemoveColumnsParams>()({
  name: 'remove-columns',
  description: 'Drops columns of a dataset.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    return { ...input, features: keep(input.features, params.columns, problem) };
  },

  async run({ params, inputs }) {
    const { dataset } = inputs;
    const features = keep(dataset.features, params.columns, throwProblem);
    const kept = Object.keys(features);
    const chunks = dataset.chunks.map(({ rows, columns }) => ({
      rows,
      columns: Object.fromEntries(kept.map((name) => [name, columns[name]!])),
    }));
    const summary = kept.length === 0 ? 'no columns left' : kept.join(', ');
    return { artifact: { ...dataset, features, chunks }, rowsComputed: 0, summary };
  },
});

export default removeColumns;
