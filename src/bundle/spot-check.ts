import { randomInt } from 'node:crypto';
import { copyFile, link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type ObjectRef, objectsOf } from '../artifact.js';
import { artifactDigest } from '../cache/artifact-digest.js';
import { codeOf } from '../cache/fs-errors.js';
import { objectPath } from '../cache/object-store.js';
import { type DiskCache, openCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';
import { EtudeError } from '../errors.js';
import { fingerprintOf } from '../plan/fingerprint.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import { runStageProcess } from '../run/stage-process.js';

/** A stage whose result is in quarantine. */
export interface Suspect {
  stage: PipelineStage;
  entry: Entry;
  from: DiskCache;
}

export interface Checked {
  stage: string;
  /** Whether the stage gave the same bytes here. */
  equal: boolean;
  seconds: number;
}

export interface SpotCheckOptions {
  pipeline: Pipeline;
  cache: DiskCache;
  engine: { name: string; id: string; device?: string };
  /** Entries of the stages that hit, by id: those of the cache and those in quarantine. */
  entries: ReadonlyMap<string, Entry>;
  signal: AbortSignal;
  kill: AbortSignal;
  onStart?(suspect: Suspect): void;
}

/** Chooses stages by lot, so that whoever made the bundle cannot know which: at most `count`, in the order of the recipe. */
export function drawSample(suspects: readonly Suspect[], count: number): Suspect[] {
  const left = [...suspects];
  const drawn = new Set<Suspect>();
  while (left.length > 0 && drawn.size < count) drawn.add(left.splice(randomInt(left.length), 1)[0]!);
  return suspects.filter((suspect) => drawn.has(suspect));
}

/**
 * Computes one stage again from the inputs that its result claims to come from, apart from both caches: neither sees what comes of it, and no
 * finished chunk of either is used.
 *
 * @throws EtudeError where the stage fails
 */
export async function computeAgain(suspect: Suspect, options: SpotCheckOptions): Promise<Checked> {
  const { stage, entry, from } = suspect;
  const { pipeline, cache, engine, entries, signal, kill } = options;
  options.onStart?.(suspect);
  const apart = await mkdtemp(join(cache.dir, 'quarantine', '.check-'));
  const began = performance.now();
  try {
    const own = await openCache(join(apart, 'cache'));
    const inputs = Object.fromEntries(
      Object.entries(stage.from).map(([name, id]) => [name, entries.get(id)!.artifact]),
    );
    for (const ref of Object.values(inputs).flatMap(objectsOf)) await lend(ref, [cache, from], own);
    const { sources, parts } = await fingerprintOf(stage, entries, {
      place: pipeline.place,
      cache,
      engineId: engine.id,
    });
    const output = await runStageProcess(
      {
        stage: stage.id,
        module: stage.module,
        params: stage.with,
        inputs,
        sources,
        recipe: pipeline.file,
        cacheDir: own.dir,
        scratch: await own.scratch(entry.fingerprint),
        code: parts.code,
        engine: engine.name,
        device: engine.device,
        cores: stage.type.cores === 'all' ? availableParallelism() : 1,
      },
      {
        folder: join(apart, 'stage'),
        signal,
        kill,
        onProgress: () => undefined,
        onLog: () => undefined,
      },
    );
    signal.throwIfAborted();
    if (output.type !== 'success') {
      const failed = output.type === 'failed' ? output : { message: 'it was cancelled', options: {} };
      throw new EtudeError(`stage '${stage.id}' cannot be computed again: ${failed.message}`, failed.options);
    }
    const equal = artifactDigest(output.artifact) === entry.artifactDigest;
    return { stage: stage.id, equal, seconds: (performance.now() - began) / 1000 };
  } finally {
    await rm(apart, { recursive: true, force: true });
  }
}

/** Makes an object of one of the caches readable in another one, without a copy where the file system can. */
async function lend(ref: ObjectRef, owners: readonly DiskCache[], to: DiskCache): Promise<void> {
  if (to.objects.has(ref)) return;
  for (const owner of owners) {
    if ((await owner.objects.check(ref)) !== undefined) continue;
    const source = await owner.objects.pathOf(ref);
    const target = objectPath(join(to.dir, 'objects'), ref.digest);
    await mkdir(dirname(target), { recursive: true });
    await link(source, target).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') return copyFile(source, target);
    });
    return;
  }
  throw new EtudeError(`object ${ref.digest.slice(0, 12)} is missing`);
}
