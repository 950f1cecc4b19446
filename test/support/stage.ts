import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeColumn } from '../../src/learning/data/column.js';
import type { Artifact, DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type {
  Objects,
  OutlineProblem,
  Place,
  SourceFile,
  StageContext,
  StageType,
} from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import { MemoryChunkResults, MemoryObjects } from './memory-objects.js';

/** A place whose relative paths start at `dir`. */
export function placeAt(dir: string): Place {
  return {
    recipeDir: dir,
    projectDir: dir,
    resolve: (path) => join(dir, path),
    repository: async (type, id) => {
      throw new EtudeError(`no ${type} '${id}' on the Hub`);
    },
  };
}

/** Everything that a stage type's `run` needs, in memory; parts of it can be given. */
export function contextOf<P>(params: P, parts: Partial<StageContext<P>> = {}): StageContext<P> {
  return {
    params,
    inputs: {},
    sources: {},
    place: placeAt(tmpdir()),
    objects: new MemoryObjects(),
    chunks: new MemoryChunkResults(),
    scratch: join(tmpdir(), 'etude-test-scratch'),
    code: 'test',
    engine: 'cpu',
    cores: 1,
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    ...parts,
  };
}

/** Runs a stage type on its sources as the planner would find them, and returns the dataset. */
export async function runForDataset<P>(
  type: StageType<P>,
  context: StageContext<P>,
): Promise<DatasetArtifact> {
  const { artifact } = await type.run(context);
  if (artifact.kind !== 'dataset') throw new Error(`no dataset but ${artifact.kind}`);
  return artifact;
}

/** The problems that `outline` reports, and the outline. */
export async function outlineOf<P>(
  type: StageType<P>,
  params: P,
  input?: Artifact,
  place = placeAt(tmpdir()),
) {
  const problems: OutlineProblem[] = [];
  const warnings: string[] = [];
  const dataset =
    input?.kind === 'dataset'
      ? {
          kind: 'dataset' as const,
          features: input.features,
          splits: Object.fromEntries(
            Object.entries(input.splits).map(([name, split]) => [name, split.num_rows]),
          ),
        }
      : undefined;
  const outline = await type.outline!({
    params,
    inputs: { dataset },
    place,
    problem: (problem) => problems.push(problem),
    warn: (text) => warnings.push(text),
  });
  return { outline, problems, warnings };
}

/** The files that `sources` names, as the planner passes them to `run`. */
export async function sourcesOf<P>(
  type: StageType<P>,
  params: P,
  place: Place,
): Promise<Record<string, SourceFile[]>> {
  const sources = (await type.sources?.(params, place)) ?? [];
  return Object.fromEntries(
    sources.map(({ param, files }) => [param, files.map((file) => ({ ...file, digest: '', size: 0 }))]),
  );
}

/** A dataset of one split, `train`, from columns of values, in chunks of `rows` rows. */
export async function makeDataset(
  features: Features,
  columns: Record<string, readonly unknown[]>,
  objects: Objects,
  rows = 8,
): Promise<DatasetArtifact> {
  const n = Object.values(columns)[0]?.length ?? 0;
  const chunks: DatasetArtifact['chunks'] = [];
  for (let start = 0; start < n; start += rows) {
    const refs = Object.entries(features).map(
      async ([name, feature]) =>
        [name, await objects.put(encodeColumn(feature, columns[name]!.slice(start, start + rows)))] as const,
    );
    chunks.push({ rows: Math.min(rows, n - start), columns: Object.fromEntries(await Promise.all(refs)) });
  }
  return { kind: 'dataset', features, chunks, splits: { train: { num_rows: n, ranges: [[0, n]] } } };
}
