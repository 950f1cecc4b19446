import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { type Collected, collect } from '../../pipeline/bundle/collect.js';
import type { ObjectChoice } from '../../pipeline/bundle/manifest.js';
import { writeBundle } from '../../pipeline/bundle/write-bundle.js';
import { showPresence } from '../../pipeline/cache/presence.js';
import { lockPath } from '../../pipeline/lock/lock-file-io.js';
import { composeRecipe } from '../../pipeline/recipe/compose.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import type { OpenedRecipe } from '../project-types.js';

export interface BundleOptions {
  /** The file. Default: the name of the recipe with `.etude.tar`, in the project's `dir`. */
  output?: string;
  /** Which results to include: `none`, those of at most 32 MB each (`small`), or `all`. Default `small`. */
  objects?: ObjectChoice;
  /** Replace the file. Default false. */
  force?: boolean;
  /** Stops; no file is written then. */
  signal?: AbortSignal;
  /** Called with the bytes written so far, and their total. */
  progress?(bytes: number, total: number): void;
}

/** What went into a bundle. */
export interface Bundled {
  file: string;
  bytes: number;
  /** Files of the project, results, and the objects of these. */
  files: number;
  results: number;
  objects: number;
  /** Stages whose results are left out, and why. */
  without: { stage: string; reason: string }[];
  /** Files outside the project that its own modules read, which are left out, too. */
  outside: string[];
}

/** See `Recipe.bundle`. */
export async function bundleRecipe(recipe: OpenedRecipe, options: BundleOptions): Promise<Bundled> {
  const { pipeline, cache, engineId } = await recipe.setting();
  const { objects = 'small', output, force, signal, progress } = options;
  const files = await filesOf(pipeline);
  const named = output ?? `${basename(pipeline.file, extname(pipeline.file))}.etude.tar`;
  const file = recipe.project.pathOf(named);
  const presence = await showPresence(cache, `bundle-${randomUUID()}`);
  try {
    const collected = await collect({ pipeline, cache, engineId, objects, files });
    const bytes = await writeBundle(file, collected, { signal, force, progress });
    await cache.flush();
    return { file, bytes, ...described(collected) };
  } finally {
    await presence?.release();
  }
}

function described({ packed, stages, outside }: Collected): Omit<Bundled, 'file' | 'bytes'> {
  const count = (kind: string) => packed.filter(({ name }) => name.startsWith(kind)).length;
  return {
    files: count('project/'),
    results: count('cache/index/'),
    objects: count('cache/objects/'),
    without: stages.flatMap(({ id, without }) =>
      without === undefined ? [] : [{ stage: id, reason: without }],
    ),
    outside,
  };
}

/** The recipe, what it extends, and its lock file. */
async function filesOf({ file, place }: Pipeline): Promise<string[]> {
  const composed = await composeRecipe(file, place);
  const files = 'source' in composed ? composed.source.files : [file];
  const lock = lockPath(file);
  return [...files, ...(existsSync(lock) ? [lock] : [])];
}
