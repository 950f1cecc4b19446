import { castProblem } from '../src/learning/data/cast-values.js';
import { dtypes } from '../src/learning/data/features.js';
import { columnProblem, type Report, throwProblem } from '../src/learning/data/name-problems.js';
import type { DatasetArtifact, Feature, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { CastColumnParams } from '../src/stage/params.js';
import type { Objects } from '../src/stage/stage-type.js';
import { EtudeError } from '../src/util/errors.js';
import { lookUp } from '../src/util/look-up.js';
import { suggest } from '../src/util/suggest.js';

const TYPES = ['ClassLabel', ...new Set(Object.values(dtypes))].filter((type) => type !== 'binary');

/**
 * The new type, of a column with lists that of their items; a ClassLabel has no names yet if they are the
 * column's values.
 */
function newFeature(features: Features, params: CastColumnParams, report: Report): Feature | undefined {
  const { column, type, names } = params;
  const missing = columnProblem(features, column, ['column']);
  if (missing !== undefined) report(missing);
  const dtype = lookUp(dtypes, type);
  const isClasses = type === 'ClassLabel';
  if (!TYPES.includes(type) || (!isClasses && dtype === undefined)) {
    const hint = type === 'Audio' ? 'cast-audio decodes audio and changes its sampling rate.' : undefined;
    report({
      param: ['type'],
      message: `no column can be cast to '${type}'`,
      expected: `one of ${TYPES.join(', ')}`,
      suggestion: hint === undefined ? suggest(type, TYPES) : undefined,
      hint,
    });
    return undefined;
  }
  if (names !== undefined && !isClasses)
    report({
      param: ['names'],
      message: `a column of type ${type} has no names`,
      expected: 'type: ClassLabel',
    });
  if (missing !== undefined) return undefined;
  const item: Feature = isClasses
    ? { _type: 'ClassLabel', names: names ?? [] }
    : { _type: 'Value', dtype: dtype! };
  const from = features[column]!;
  const to: Feature = from._type === 'List' ? { ...from, feature: item } : item;
  const problem = castProblem(from, to);
  if (problem === undefined) return to;
  report({ param: ['column'], message: `column '${column}' cannot be cast to ${type}`, ...problem });
  return undefined;
}

/**
 * The distinct values of a column (the items of its lists) in all splits as names, sorted, as
 * `class_encode_column` has them.
 */
async function namesIn(dataset: DatasetArtifact, column: string, objects: Objects): Promise<string[]> {
  const { openDataset } = await import('../src/learning/data/dataset.js');
  const { classLabel } = await import('../src/learning/data/read/class-label.js');
  const reader = openDataset(dataset, objects);
  const values = new Set<unknown>();
  for (const split of reader.splits)
    for (const value of await reader.column(split, column))
      for (const item of itemsOf(value)) values.add(item);
  values.delete(null);
  const from = dataset.features[column]!;
  const feature = classLabel(from._type === 'List' ? from.feature : from, values, column);
  const names = feature._type === 'ClassLabel' ? feature.names : [];
  if (names.length === 0)
    throw new EtudeError(`column '${column}' has no values`, { expected: 'a class in some rows' });
  return names;
}

function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) || ArrayBuffer.isView(value)
    ? Array.from(value as ArrayLike<unknown>)
    : [value];
}

/** `Dataset.cast_column` and `class_encode_column` of Hugging Face datasets. */
const castColumn = defineBuiltIn<CastColumnParams>()({
  name: 'cast-column',
  description: 'Gives a column another type.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  libraries: ['apache-arrow'],
  keepsRows: true,

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const feature = newFeature(input.features, params, problem);
    return feature && { ...input, features: { ...input.features, [params.column]: feature } };
  },

  async run(context) {
    const { params, inputs, objects } = context;
    const { dataset } = inputs;
    const { column, on_error } = params;
    const { mapChunks } = await import('../src/learning/data/map-chunks.js');
    const { transform } = await import('../src/learning/data/cast-values.js');
    const { describeFeature } = await import('../src/learning/data/features.js');
    const byName = params.names === undefined;
    let feature = newFeature(dataset.features, params, throwProblem)!;
    if (byName && params.type === 'ClassLabel') {
      const classes: Feature = { _type: 'ClassLabel', names: await namesIn(dataset, column, objects) };
      feature = feature._type === 'List' ? { ...feature, feature: classes } : classes;
    }
    const { artifact, rowsComputed } = await mapChunks({
      context,
      dataset,
      transform,
      params: { to: feature, byName },
      inputs: { value: column },
      outputs: { value: { column, feature } },
      features: { ...dataset.features, [column]: feature },
      unit: 'rows',
      on_error,
    });
    const skipped = artifact.skipped === undefined ? '' : `, ${artifact.skipped.rows} rows skipped`;
    const from = describeFeature(dataset.features[column]!);
    return { artifact, rowsComputed, summary: `${column} ${from} → ${describeFeature(feature)}${skipped}` };
  },
});

export default castColumn;
