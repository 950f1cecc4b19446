import type { Json } from '../../util/json.js';
import type { Cache, Entry, FingerprintParts, PinnedRepository } from '../cache/types.js';
import { CodeView } from '../plan/code/code-view.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import { lockedOutput, sorted } from './locked-output.js';
import { thisPlatform } from './platform.js';
import { tolerancesFor } from './tolerances.js';
import { LOCK_FORMAT, type LockedStage, type LockFile, type Platform } from './types.js';

/** First digits of a digest: enough to show which of a few files changed. */
const SHORT = 12;
/** The most files of one parameter that are listed individually. */
const MOST_LISTED = 1000;

export interface BuildLockOptions {
  pipeline: Pipeline;
  cache: Cache;
  /** The stages' results; stages without one are left out. */
  entries: ReadonlyMap<string, Entry>;
  /** Hub repositories by stage, at the commits that were read. */
  repositories: ReadonlyMap<string, readonly PinnedRepository[]>;
  engineId: string;
  /** Version of Etude. */
  etude: string;
  /** The existing lock, whose tolerances are kept. */
  before?: LockFile;
  /** What it says of the machine. Default: this one, asking which takes a while. */
  platform?: Platform;
}

/** The lock of a pipeline that ran. */
export async function buildLockFile(options: BuildLockOptions): Promise<LockFile> {
  const { pipeline, cache, entries, repositories, engineId, etude, before } = options;
  const stages: Record<string, LockedStage> = {};
  const code = new CodeView(cache);
  const listed = new Set<string>();
  for (const stage of pipeline.stages) {
    const entry = entries.get(stage.id);
    if (entry === undefined) continue;
    const { fingerprint, parts, artifact } = entry;
    const inputs = Object.values(stage.from).map((id) => entries.get(id)!.artifact);
    const described = await describeStage(stage, parts, code, repositories.get(stage.id), listed);
    listed.add(described.code);
    stages[stage.id] = {
      ...described,
      fingerprint,
      ...(Object.keys(parts.inputs).length > 0 && { inputs: sorted(parts.inputs) }),
      output: lockedOutput(artifact, inputs, entry.artifactDigest),
    };
  }
  return {
    format: LOCK_FORMAT,
    recipe: pipeline.file.split(/[\\/]/).at(-1)!,
    name: pipeline.name,
    etude,
    engine: engineId,
    platform: options.platform ?? thisPlatform(),
    tolerances: tolerancesFor(stages, before?.tolerances),
    stages,
  };
}

/** What a stage's result depends on, as far as it is known before anything runs. */
export type StageDescription = Omit<LockedStage, 'fingerprint' | 'inputs' | 'output'>;

/**
 * The part of a lock that describes one stage.
 *
 * @param parts need not contain its inputs
 * @param listed digests of code whose files are in the lock already: thousands of stages may share a module
 */
export async function describeStage(
  stage: PipelineStage,
  parts: FingerprintParts,
  code: CodeView,
  repositories: readonly PinnedRepository[] = [],
  listed: ReadonlySet<string> = new Set(),
): Promise<StageDescription> {
  const { engine: _, ...libraries } = parts.libraries;
  const sources = Object.entries(parts.sources).map(([param, files]) => [param, compactFiles(files)]);
  return {
    uses: stage.uses,
    ...(Object.keys(stage.from).length > 0 && { from: sorted(stage.from) }),
    params: sorted(parts.params),
    ...(sources.length > 0 && { sources: Object.fromEntries(sources) as Record<string, Json> }),
    ...(repositories.length > 0 && { repositories: repositories.map(pinned) }),
    code: parts.code,
    ...(stage.uses.startsWith('.') && !listed.has(parts.code) && { files: await ownFiles(stage, code) }),
    ...(Object.keys(libraries).length > 0 && { libraries: sorted(libraries) }),
  };
}

/**
 * Files in a lock: for many, the number and one digest, along with the first digits of each unless there are
 * too many to tell which one changed.
 */
export function compactFiles(files: Json): Json {
  if (files === null || typeof files !== 'object' || Array.isArray(files)) return files;
  if (typeof files.files !== 'number') return files;
  const { listing, ...all } = files;
  return listing !== undefined && files.files <= MOST_LISTED ? { ...all, listing } : all;
}

function pinned({ param, type, id, revision, commit }: PinnedRepository): PinnedRepository {
  return { param, type, id, revision, commit };
}

async function ownFiles(stage: PipelineStage, code: CodeView): Promise<Record<string, string>> {
  const { listing } = await code.closure(stage.module);
  const files = Object.entries(listing.files).map(([name, digest]) => [name, digest.slice(0, SHORT)]);
  return sorted(Object.fromEntries(files) as Record<string, string>);
}
