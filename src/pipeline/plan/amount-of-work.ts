import type { Artifact } from '../../stage/artifact.js';
import type { SourceFile } from '../../stage/stage-type.js';
import type { Work } from '../cache/types.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';

/** Anything smaller is a configuration, not a model's weights. Bytes. */
const SMALLEST_MODEL = 100_000;

/**
 * How much a stage has to do: the rows that it processes, their size, and the files or the model that it
 * uses.
 *
 * @param artifacts Its inputs by stage id, as far as they are known; the others are taken from their
 * outlines.
 * @param models Bytes of models that will be trained, by stage id, according to their checkpoints.
 */
export function workOf(
  stage: PipelineStage,
  sources: Record<string, readonly SourceFile[]>,
  known: {
    pipeline: Pipeline;
    artifacts: (id: string) => Artifact | undefined;
    models: (id: string) => number | undefined;
  },
): Work {
  const inputs = Object.entries(stage.from).map(([input, id]) => ({
    input,
    id,
    artifact: known.artifacts(id),
  }));
  const splits = new Map(
    inputs.flatMap(({ input, id, artifact }) => {
      const rows = splitRows(artifact ?? outlinesOf(known.pipeline).get(id));
      return rows === undefined ? [] : [[input, rows] as const];
    }),
  );
  const rowsOf = (input: string, split: string): number => splits.get(input)?.[split] ?? Number.NaN;
  const all = [...splits].flatMap(([input, names]) =>
    Object.keys(names).map((split) => rowsOf(input, split)),
  );
  const rows = stage.type.rows?.(stage.with, rowsOf) ?? (all.length === 0 ? Number.NaN : sum(all));

  const files = sum(Object.values(sources).flatMap((each) => each.map(({ size }) => size)));
  const models = inputs.flatMap(({ id, artifact }) =>
    artifact?.kind === 'model'
      ? sum(Object.values(artifact.files).map(({ size }) => size))
      : (known.models(id) ?? []),
  );
  const bytes = files + sum(models);
  const data = inputs.flatMap(({ artifact }) => (artifact?.kind === 'dataset' ? artifact.chunks : []));
  const stored = sum(data.flatMap(({ columns }) => Object.values(columns).map(({ size }) => size)));
  return {
    ...(rows > 0 && Number.isFinite(rows) && { rows }),
    ...(bytes >= (stage.type.usesEngine ? SMALLEST_MODEL : 1) && { bytes }),
    ...(stored > 0 && { rowBytes: stored / sum(data.map((chunk) => chunk.rows)) }),
  };
}

const outlines = new WeakMap<Pipeline, ReadonlyMap<string, PipelineStage['outline']>>();

function outlinesOf(pipeline: Pipeline): ReadonlyMap<string, PipelineStage['outline']> {
  const found = outlines.get(pipeline) ?? new Map(pipeline.stages.map(({ id, outline }) => [id, outline]));
  outlines.set(pipeline, found);
  return found;
}

function splitRows(
  data: Artifact | PipelineStage['outline'],
): Record<string, number | undefined> | undefined {
  if (data?.kind !== 'dataset') return undefined;
  const rows = Object.entries(data.splits).map(
    ([name, split]) => [name, typeof split === 'object' ? split.num_rows : split] as const,
  );
  return Object.fromEntries(rows);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
