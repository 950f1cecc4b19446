import type { Artifact, DatasetArtifact } from '../../stage/artifact.js';
import type { ClipSource } from '../../stage/stage-type.js';
import type { PipelineStage } from '../recipe/pipeline.js';

type Splits = DatasetArtifact['splits'];

/** What is needed of a stage. */
type Step = Pick<PipelineStage, 'id' | 'from'> & {
  type: Pick<PipelineStage['type'], 'keepsRows' | 'chunkwise' | 'joinsChunks'>;
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

/**
 * The same for the result of the stage with that id.
 *
 * @param of Rows of that result. Default: its splits.
 */
export function audioBehind(
  start: string,
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
  of?: Splits,
): ClipSource | undefined {
  const byId = new Map(stages.map((each) => [each.id, each]));
  let splits = of;
  let after: { type: Step['type']; dataset: DatasetArtifact } | undefined;
  for (let id: string | undefined = start; id !== undefined; ) {
    const dataset = artifactOf(id);
    if (dataset?.kind !== 'dataset') return undefined;
    splits = splits && after ? splitsBefore(splits, after, dataset) : (of ?? dataset.splits);
    if (splits === undefined) return undefined;
    const column = Object.keys(dataset.features).find((name) => dataset.features[name]?._type === 'Audio');
    if (column !== undefined) return { dataset: withSplits(dataset, splits), column };
    const { type, from }: Step = byId.get(id)!;
    if (type.joinsChunks) {
      const joined = joinedAudio(dataset, Object.values(from), stages, artifactOf);
      return joined && { ...joined, dataset: withSplits(joined.dataset, splits) };
    }
    after = { type, dataset };
    id = type.keepsRows ? Object.values(from)[0] : undefined;
  }
  return undefined;
}

/** Of which inputs a result has the chunks is known by itself: its audio is put together once. */
const joined = new WeakMap<DatasetArtifact, ClipSource>();

/** The audio behind the inputs of a stage that joined them, with its chunks like those of the result. */
function joinedAudio(
  result: DatasetArtifact,
  inputs: readonly string[],
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
): ClipSource | undefined {
  const known = joined.get(result);
  if (known !== undefined) return known;
  const sources = inputs.map((id) => {
    const input = artifactOf(id);
    if (input?.kind !== 'dataset') return undefined;
    const num_rows = input.chunks.reduce((sum, { rows }) => sum + rows, 0);
    // A name that no split has: rows that are only in the same order are not enough.
    const all: Splits = { ' all': { num_rows, ranges: [[0, num_rows]] } };
    const source = audioBehind(id, stages, artifactOf, all);
    return source && ' all' in source.dataset.splits ? source : undefined;
  });
  const chunks = sources.flatMap((source) =>
    (source?.dataset.chunks ?? []).map(({ rows, columns }) => ({
      rows,
      columns: { audio: columns[source!.column]! },
    })),
  );
  const audio = sources.map((source) => source?.dataset.features[source.column]);
  const isOne = new Set(audio.map((feature) => JSON.stringify(feature))).size === 1;
  const isWhole =
    chunks.length === result.chunks.length && chunks.every(({ rows }, i) => rows === result.chunks[i]!.rows);
  if (audio[0] === undefined || !isOne || !isWhole) return undefined;
  const made = { dataset: { ...result, features: { audio: audio[0] }, chunks }, column: 'audio' };
  joined.set(result, made);
  return made;
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

/**
 * Whether the chunks of both have the same rows, one by one: they share columns, or were made of each other.
 */
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
