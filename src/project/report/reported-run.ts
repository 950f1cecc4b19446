import { availableParallelism } from 'node:os';
import type { Named } from '../../learning/report/named.js';
import type { ReportedRun, ReportedStage } from '../../learning/report/section.js';
import type { Cache, Entry } from '../../pipeline/cache/types.js';
import type { LockFile } from '../../pipeline/lock/types.js';
import { toSvg } from '../../pipeline/plan/graph/svg.js';
import type { Artifact, ArtifactKind } from '../../stage/artifact.js';
import { version } from '../version.js';

/** A stage of a run, with its result if the cache has it. */
export interface StageOfRun {
  id: string;
  uses: string;
  /** Input name -> stage id. */
  from: Readonly<Record<string, string>>;
  params: Readonly<Record<string, unknown>>;
  entry?: Entry;
  status: ReportedStage['status'];
}

/** What a report says of a run, from its stages. */
export function reportedRun(
  parts: Pick<ReportedRun, 'name' | 'group' | 'clipsOf'> & {
    cache: Cache;
    stages: readonly StageOfRun[];
    lock?: LockFile;
    recipe: string;
    facts: readonly [string, string][];
    commands: readonly string[];
  },
): ReportedRun {
  const { name, group, clipsOf, cache, stages, lock, recipe, facts, commands } = parts;
  return {
    name,
    group,
    clipsOf,
    evaluations: resultsOf(stages, 'report'),
    models: resultsOf(stages, 'model'),
    datasets: resultsOf(stages, 'dataset'),
    objects: cache.objects,
    measuring: measuringWith(cache),
    provenance: {
      facts: [...facts, ...computedWith(stages, lock)],
      commands,
      params: Object.fromEntries(
        stages.flatMap(({ id, params }) =>
          Object.entries(params).map(([param, value]) => [`${id}.${param}`, value]),
        ),
      ),
      recipe,
      graph: graphOf(name, stages),
      stages: stages.map((stage) => describe(stage, lock)),
    },
  };
}

/**
 * What is measured of clips is kept with other results of chunks. The number stands for the code: it changes
 * when something else is measured.
 */
function measuringWith({ chunks }: Cache): ReportedRun['measuring'] {
  return {
    chunks,
    code: 'report-1',
    cores: availableParallelism(),
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
  };
}

function describe({ id, uses, status, entry }: StageOfRun, lock: LockFile | undefined): ReportedStage {
  const locked = lock !== undefined && Object.hasOwn(lock.stages, id) ? lock.stages[id] : undefined;
  return {
    id,
    uses,
    status,
    ...(entry && {
      seconds: entry.seconds,
      summary: entry.summary,
      warnings: entry.warnings,
      fingerprint: entry.fingerprint,
      digest: entry.artifactDigest,
      lock: locked && (locked.output.digest === entry.artifactDigest ? 'same' : 'different'),
    }),
  };
}

function resultsOf<K extends ArtifactKind>(
  stages: readonly StageOfRun[],
  kind: K,
): Named<Extract<Artifact, { kind: K }>>[] {
  return stages.flatMap(({ id, entry }) =>
    entry?.artifact.kind === kind
      ? [{ stage: id, artifact: entry.artifact as Extract<Artifact, { kind: K }> }]
      : [],
  );
}

/** Versions, engine and machine, as far as results record them. */
function computedWith(stages: readonly StageOfRun[], lock: LockFile | undefined): [string, string][] {
  const libraries = new Map<string, string>();
  for (const { entry } of stages)
    for (const [library, installed] of Object.entries(entry?.parts.libraries ?? {}))
      libraries.set(library, installed);
  const engine = libraries.get('engine');
  libraries.delete('engine');
  const facts: [string, string][] = [];
  if (engine !== undefined) facts.push(['Engine', engine]);
  if (libraries.size > 0)
    facts.push([
      'Libraries',
      [...libraries]
        .map((each) => each.join(' '))
        .sort()
        .join(', '),
    ]);
  if (lock !== undefined) {
    const { cpu, cores, os, arch, node } = lock.platform;
    facts.push(['Locked on', `${cpu}, ${cores} cores, ${os} ${arch}, Node ${node}, Etude ${lock.etude}`]);
  }
  return [...facts, ['Report by', `Etude ${version()}`]];
}

function graphOf(name: string, stages: readonly StageOfRun[]): string {
  return toSvg({
    name,
    nodes: stages.map(({ id, uses }) => ({ id, uses })),
    edges: stages.flatMap(({ id, from }) => {
      const wires = Object.entries(from);
      return wires.map(([input, source]) => ({
        from: source,
        to: id,
        input: wires.length > 1 ? input : undefined,
      }));
    }),
  });
}
