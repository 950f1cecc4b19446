import { classesOf } from '../src/learning/data/label-column.js';
import { throwProblem } from '../src/learning/data/name-problems.js';
import { type NewClasses, newClasses } from '../src/learning/data/new-classes.js';
import type { DatasetArtifact, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { RelabelParams } from '../src/stage/params.js';
import type { Objects } from '../src/stage/stage-type.js';
import { EtudeError } from '../src/util/errors.js';
import { count, listOf } from '../src/util/words.js';

/** What the rows of a split keep of their labels. */
interface KeptRows {
  /** Positions of rows whose class is not dropped. */
  positions: number[];
  /** Numbers of the new classes that rows have. */
  found: Set<number>;
}

async function keptRows(
  dataset: DatasetArtifact,
  column: string,
  { ids }: NewClasses,
  objects: Objects,
): Promise<Map<string, KeptRows>> {
  const { openDataset } = await import('../src/learning/data/dataset.js');
  const reader = openDataset(dataset, objects);
  const kept = new Map<string, KeptRows>();
  for (const split of reader.splits) {
    const positions: number[] = [];
    const found = new Set<number>();
    for (const [row, label] of ((await reader.column(split, column)) as (number | null)[]).entries()) {
      const id = label === null ? undefined : ids[label];
      if (id === null) continue;
      positions.push(row);
      if (id !== undefined) found.add(id);
    }
    kept.set(split, { positions, found });
  }
  return kept;
}

/** Other classes in a ClassLabel column: merged, renamed, dropped, reordered. */
const relabel = defineBuiltIn<RelabelParams>()({
  name: 'relabel',
  description: 'Merges, renames, reorders or drops classes.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  libraries: ['apache-arrow'],
  chunkwise: true,
  keepsRows: true,

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const old = classesOf(input.features, params.column, ['column'], problem);
    if (old === undefined) return undefined;
    const drops = params.drop !== undefined || params.others === 'drop';
    const splits = Object.fromEntries(
      Object.entries(input.splits).map(([name, rows]) => [name, drops ? undefined : rows]),
    );
    const names = old.length === 0 ? [] : newClasses(old, params, problem).names;
    const features: Features = { ...input.features, [params.column]: { _type: 'ClassLabel', names } };
    return { ...input, features, splits };
  },

  async run(context) {
    const { params, inputs, objects, log } = context;
    const { dataset } = inputs;
    const { column } = params;
    const old = classesOf(dataset.features, column, ['column'], throwProblem)!;
    const changed = newClasses(old, params, throwProblem);
    const kept = await keptRows(dataset, column, changed, objects);
    const { pickRows } = await import('../src/learning/data/pick-rows.js');
    const { recodeLabels } = await import('../src/learning/data/recode-labels.js');
    const dropped = [...kept]
      .map(([split, { positions }]) => ({ split, rows: dataset.splits[split]!.num_rows - positions.length }))
      .filter(({ rows }) => rows > 0);
    if (dropped.length > 0 && [...kept.values()].every(({ positions }) => positions.length === 0))
      throw new EtudeError('no row would be left', { expected: 'rows of a class that is not dropped' });
    const fewer = new Map(dropped.map(({ split }) => [split, kept.get(split)!.positions]));
    const picked = dropped.length === 0 ? dataset : await pickRows(dataset, fewer, objects);
    const { artifact, rowsComputed } = await recodeLabels(context, picked, { column, ...changed });
    for (const [split, positions] of fewer)
      if (positions.length === 0) log('warning', `split '${split}' has no rows left`);
    const empty = changed.names.filter((_, id) => [...kept.values()].every(({ found }) => !found.has(id)));
    if (empty.length > 0) log('warning', `no row is of class ${listOf(empty.map((name) => `'${name}'`))}`);
    const rows = dropped.reduce((sum, each) => sum + each.rows, 0);
    const where = dropped.map((each) => `${each.split} ${each.rows}`).join(', ');
    const summary = `${old.length} → ${count(changed.names.length, 'class')}`;
    return {
      artifact,
      rowsComputed,
      summary: rows === 0 ? summary : `${summary}, ${count(rows, 'row')} dropped (${where})`,
    };
  },
});

export default relabel;
