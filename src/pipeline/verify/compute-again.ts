import { copyFile, rm, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { TempFiles } from '../../files/temp-files.js';
import { type Artifact, type ObjectRef, objectsOf } from '../../stage/artifact.js';
import type { Objects, Progress } from '../../stage/stage-type.js';
import { objectPath } from '../cache/object-path.js';
import { type DiskCache, openCache } from '../cache/open-cache.js';
import type { Cache, Entry } from '../cache/types.js';
import { fingerprintOf } from '../plan/fingerprint.js';
import { modulesIn } from '../plan/module-parts.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import type { WorkListener } from '../run/executor.js';
import { LocalExecutor } from '../run/local-executor.js';
import { runStageProcess } from '../run/one-shot-process.js';
import type { StagePool } from '../run/stage-pool.js';
import type { StageOutput, StageTask } from '../run/stage-task.js';

export interface AgainOptions {
  pipeline: Pipeline;
  cache: Cache;
  engine: { name: string; id: string; device?: string };
  /** Entries of the stages' inputs, by stage id. */
  entries: ReadonlyMap<string, Entry>;
  signal: AbortSignal;
  kill: AbortSignal;
  /** Processes for stages that do not need their own. Default: each has its own. */
  pool?: StagePool;
  /** Called with what the stage logs. */
  onLog?(stage: string, level: 'info' | 'warning', text: string): void;
  onProgress?(progress: Progress): void;
}

/**
 * A separate cache: computing in it changes nothing in the actual cache, and uses no finished chunks from
 * there.
 */
export interface Beside {
  cache: DiskCache;
  remove(): Promise<void>;
}

/** Removed by garbage collection, should this process die. */
export async function openBeside(cache: Cache): Promise<Beside> {
  const dir = new TempFiles(join(cache.dir, 'tmp')).path();
  await makeFolder(dir);
  return { cache: await openCache(dir), remove: () => rm(dir, { recursive: true, force: true }) };
}

/**
 * Computes a stage outside the cache from its inputs, or from substitutes for them. Rejects if its process
 * dies.
 */
export async function computeAgain(
  stage: PipelineStage,
  inputs: Readonly<Record<string, Artifact>>,
  beside: Beside,
  options: AgainOptions,
): Promise<StageOutput> {
  const { pipeline, cache, engine, entries, pool, signal, kill, onLog, onProgress } = options;
  const own = beside.cache;
  for (const ref of Object.values(inputs).flatMap(objectsOf)) await lend(ref, cache.objects, own);
  const place = { place: pipeline.place, cache, engineId: engine.id };
  const { fingerprint, sources, parts } = await fingerprintOf(stage, entries, place);
  const task: StageTask = {
    stage: stage.id,
    module: stage.module,
    params: stage.with,
    inputs: { ...inputs },
    sources,
    recipe: pipeline.file,
    cacheDir: own.dir,
    scratch: await own.scratch(fingerprint),
    code: parts.code,
    modules: modulesIn(stage, parts),
    engine: engine.name,
    device: engine.device,
    cores: stage.type.cores === 'all' ? availableParallelism() : 1,
  };
  const listener: WorkListener = {
    signal,
    kill,
    onProgress: (progress) => onProgress?.(progress),
    onLog: (level, text) => onLog?.(stage.id, level, text),
    onJob: () => undefined,
  };
  const folder = join(own.dir, 'stage');
  if (pool === undefined) return runStageProcess(task, { ...listener, folder });
  const local = new LocalExecutor(pool, { stage: () => folder });
  return local.run({ stage, fingerprint, task }, listener).finally(() => pool.rest());
}

/**
 * Makes an object readable outside the cache. By a symbolic link rather than a hard one, which would change
 * the file's ctime and so make the cache hash it again; by a copy if the system does not allow links.
 */
async function lend(ref: ObjectRef, from: Objects, to: DiskCache): Promise<void> {
  if (to.objects.has(ref)) return;
  const source = await from.pathOf(ref);
  const target = objectPath(join(to.dir, 'objects'), ref.digest);
  await makeFolder(dirname(target));
  await symlink(source, target).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') return copyFile(source, target);
  });
}
