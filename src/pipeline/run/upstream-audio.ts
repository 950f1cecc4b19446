import type { Artifact, DatasetArtifact } from '../../stage/artifact.js';
import type { ClipSource } from '../../stage/stage-type.js';
import type { PipelineStage } from '../recipe/pipeline.js';

type Splits = DatasetArtifact['splits'];

/** What is needed of a stage. */
type Step = Pick<PipelineStage, 'id' | 'from'> & {
  type: Pick<PipelineStage['type'], 'keepsRows' | 'chunkwise'>;
};

/**
 * For each input of a stage that is a dataset, the nearest dataset before it that has audio, with the rows of
 * that input: the input itself rarely has the clips' names because the audio was turned into features.
 */
export function nearestAudio(
  stage: Step,
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
): Record<string, ClipSource> {
  const found = Object.entries(stage.from).flatMap(([input, id]): [string, ClipSource][] => {
    const clips = audioBehind(id, stages, artifactOf);
    return clips === undefined ? [] : [[input, clips]];
  });
  return Object.fromEntries(found);
}

/** The same for the result of the stage with that id. */
export function audioBehind(
  start: string,
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
): ClipSource | undefined {
  const byId = new Map(stages.map((each) => [each.id, each]));
  let splits: Splits | undefined;
  let after: { type: Step['type']; dataset: DatasetArtifact } | undefined;
  for (let id: string | undefined = start; id !== undefined; ) {
    const dataset = artifactOf(id);
    if (dataset?.kind !== 'dataset') return undefined;
    splits = splits && after ? splitsBefore(splits, after, dataset) : dataset.splits;
    if (splits === undefined) return undefined;
    const column = Object.keys(dataset.features).find((name) => dataset.features[name]?._type === 'Audio');
    if (column !== undefined) return { dataset: withSplits(dataset, splits), column };
    const { type, from }: Step = byId.get(id)!;
    after = { type, dataset };
    id = type.keepsRows ? Object.values(from)[0] : undefined;
  }
  return undefined;
}

/**
 * The rows of `splits` of what a stage made, as rows of its input. Where their chunks go together, whatever
 * rows the stage picked, row numbers mean the same in both. Otherwise it has the rows of its input in their
 * order, if there are as many.
 */
function splitsBefore(
  splits: Splits,
  { type, dataset: after }: { type: Step['type']; dataset: DatasetArtifact },
  before: DatasetArtifact,
): Splits | undefined {
  if (haveSameRows(after, before, type.chunkwise === true)) return splits;
  if (!isSame(splits, after.splits)) return undefined;
  const kept = Object.entries(before.splits).filter(
    ([name, { num_rows }]) => after.splits[name]?.num_rows === num_rows,
  );
  return Object.fromEntries(kept);
}

/** Whether the chunks of both have the same rows, one by one: they share columns, or were made of each other. */
function haveSameRows(
  { chunks: after }: DatasetArtifact,
  { chunks: before }: DatasetArtifact,
  isChunkwise: boolean,
): boolean {
  if (after.length !== before.length) return false;
  return after.every((chunk, i) => {
    const other = before[i]!;
    if (chunk.rows !== other.rows) return false;
    const known = new Set(Object.values(other.columns).map(({ digest }) => digest));
    return isChunkwise || Object.values(chunk.columns).some(({ digest }) => known.has(digest));
  });
}

/** Made once for the same arguments: readers of its chunks are kept by dataset. */
const rebased = new WeakMap<Splits, WeakMap<DatasetArtifact, DatasetArtifact>>();

function withSplits(dataset: DatasetArtifact, splits: Splits): DatasetArtifact {
  if (isSame(dataset.splits, splits)) return dataset;
  const known = rebased.get(splits) ?? new WeakMap<DatasetArtifact, DatasetArtifact>();
  rebased.set(splits, known);
  const made = known.get(dataset) ?? { ...dataset, splits };
  known.set(dataset, made);
  return made;
}

function isSame(one: Splits, other: Splits): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
