import { canonicalJson } from '../../util/canonical-json.js';
import { lookUp } from '../../util/look-up.js';
import type { Pipeline } from '../recipe/pipeline.js';
import type { MatrixResult, Repetitions } from './events/run-events.js';

/**
 * Mean and spread of the metrics over the cells of a matrix that only repeat a measurement: those that differ
 * in nothing but parameters that a stage type says are for that (`repeatedBy`: the fold of a
 * cross-validation). `undefined` if no parameter of the matrix is.
 */
export function repetitions(
  pipeline: Pipeline,
  results: MatrixResult['cells'],
): Pick<Repetitions, 'over' | 'groups'> | undefined {
  const over = repeatedParams(pipeline);
  if (over.length === 0) return undefined;
  const groups = new Map<string, { params: Record<string, unknown>; members: MatrixResult['cells'] }>();
  for (const cell of results) {
    const params = Object.fromEntries(Object.entries(cell.params).filter(([name]) => !over.includes(name)));
    const key = canonicalJson(params);
    const group = groups.get(key) ?? { params, members: [] };
    group.members.push(cell);
    groups.set(key, group);
  }
  return {
    over,
    groups: [...groups.values()].map(({ params, members }) => {
      const names = [...new Set(members.flatMap(({ metrics }) => Object.keys(metrics)))];
      const metrics = names.map((name): [string, Repetitions['groups'][number]['metrics'][string]] => {
        const values = members.flatMap(({ metrics }) => lookUp(metrics, name) ?? []);
        return [name, { ...meanAndSpread(values), of: values.length }];
      });
      return { params, cells: members.length, metrics: Object.fromEntries(metrics) };
    }),
  };
}

/** Parameters of the matrix whose value is, in every cell, the one that repeats a stage's measurement. */
function repeatedParams({ cells = [], stages }: Pipeline): string[] {
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  return Object.keys(cells[0]?.params ?? {}).filter((name) => {
    const [first] = cells;
    if (cells.every(({ params }) => Object.is(params[name], first!.params[name]))) return false;
    return Object.keys(first!.stages).some((id) =>
      cells.every(({ params, stages: variants }) => {
        const stage = byId.get(variants[id] ?? '');
        const parameter = stage?.type.repeatedBy;
        return parameter !== undefined && lookUp(stage!.with, parameter) === params[name];
      }),
    );
  });
}

/** Mean and sample standard deviation (n − 1); one value has no spread. */
function meanAndSpread(values: readonly number[]): { mean: number; std?: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}
