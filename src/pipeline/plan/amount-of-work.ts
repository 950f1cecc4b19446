import type { Artifact } from '../../stage/artifact.js';
import type { SourceFile } from '../../stage/stage-type.js';
import type { Work } from '../cache/types.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';

/** Anything smaller is a configuration, not a model's weights. Bytes. */
const SMALLEST_MODEL = 100_000;

/** What is known of a stage's inputs. */
interface Known {
  pipeline: Pipeline;
  /** By stage id, as far as they are known; the others are taken from their outlines. */
  artifacts: (id: string) => Artifact | undefined;
  /** Bytes of models that will be trained, by stage id, according to their checkpoints. */
  models: (id: string) => number | undefined;
}

/**
 * How much a stage has to do: the rows that it processes, their size, and the files or the model that it
 * uses.
 *
 * @param done The fraction of it that was done earlier.
 */
export function workOf(
  stage: PipelineStage,
  sources: Record<string, readonly SourceFile[]>,
  known: Known,
  done = 0,
): Work {
  const inputs = Object.entries(stage.from).map(([input, id]) => ({
    input,
    id,
    artifact: known.artifacts(id),
  }));
  const splits = splitsOf(stage, known);
  const rowsOf = rowsIn(stage, known);
  const all = [...splits].flatMap(([input, names]) =>
    Object.keys(names).map((split) => rowsOf(input, split)),
  );
  const whole =
    stage.type.rows?.(stage.with, rowsOf, Object.keys(stage.from)) ??
    (all.length === 0 ? Number.NaN : sum(all));
  const rows = whole * (1 - done);

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

/** The rows of a split of one of its inputs; `NaN` if unknown. */
export function rowsIn(stage: PipelineStage, known: Known): (input: string, split: string) => number {
  const splits = splitsOf(stage, known);
  return (input, split) => splits.get(input)?.[split] ?? Number.NaN;
}

function splitsOf(stage: PipelineStage, known: Known): Map<string, Record<string, number | undefined>> {
  const found = Object.entries(stage.from).flatMap(([input, id]) => {
    const rows = splitRows(known.artifacts(id) ?? outlinesOf(known.pipeline).get(id));
    return rows === undefined ? [] : [[input, rows] as const];
  });
  return new Map(found);
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
