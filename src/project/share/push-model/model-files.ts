import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isListOf, isObject, objectIn } from '../../../learning/report/json-shapes.js';
import type { DiskCache } from '../../../pipeline/cache/open-cache.js';
import type { Entry } from '../../../pipeline/cache/types.js';
import { formatLock, lockPath, readLock } from '../../../pipeline/lock/lock-file-io.js';
import { resolveRecipe } from '../../../pipeline/recipe/resolve-recipe.js';
import { objectUpload } from '../../../pipeline/remote/push.js';
import type { Upload } from '../../../pipeline/remote/types.js';
import type { ModelArtifact } from '../../../stage/artifact.js';
import { filesOfModel } from '../../../stage/model-files.js';
import { lookUp } from '../../../util/look-up.js';
import { quoted } from '../../../util/shell-word.js';
import type { OpenedRecipe } from '../../project-types.js';
import { textFile } from '../publish/files.js';
import type { ModelFacts } from './facts.js';

/** The recipe and its lock, as files to publish, and how to use them. */
export interface RecipeFiles {
  files: Map<string, Upload>;
  reproduce: Omit<ModelFacts['reproduce'], 'report'>;
}

/** Where the report of an export is. */
const EXPORT_REPORT = 'export_report.json';

/** The files of a model, and of graphs of it: `config.json` is then theirs, which says more. */
export function modelFiles(
  cache: DiskCache,
  model: ModelArtifact,
  graphs: ModelArtifact | undefined,
): Map<string, Upload> {
  const all = [...filesOfModel(model), ...(graphs === undefined ? [] : filesOfModel(graphs))];
  return new Map(all.map(([name, ref]) => [name, objectUpload(cache, ref)]));
}

/** The data types of exported graphs, as their report lists them. */
export async function dtypesOf(cache: DiskCache, graphs: ModelArtifact | undefined): Promise<string[]> {
  const ref = graphs?.files[EXPORT_REPORT];
  if (ref === undefined) return [];
  const report = objectIn(Buffer.from(await cache.objects.read(ref)).toString('utf8'));
  const dtypes = report?.dtypes;
  if (!isListOf(dtypes, isObject)) return [];
  return (dtypes as Record<string, unknown>[]).flatMap(({ dtype }) =>
    typeof dtype === 'string' && /^\w{1,10}$/.test(dtype) ? [dtype] : [],
  );
}

/**
 * The recipe that made a model: the file itself, unless values were set from outside; with its lock, if that
 * describes this model.
 */
export async function recipeFiles(
  { file, pipeline, overrides }: OpenedRecipe,
  stage: string,
  { artifactDigest }: Pick<Entry, 'artifactDigest'>,
): Promise<RecipeFiles> {
  const name = basename(file);
  const isOwn = (overrides.set ?? []).length + (overrides.params ?? []).length === 0;
  const text = isOwn ? await readFile(file, 'utf8') : resolveRecipe(pipeline);
  const files = new Map([[name, textFile(text)]]);
  const lock = isOwn ? await readLock(file) : undefined;
  const isLocked = lock !== undefined && lookUp(lock.stages, stage)?.output.digest === artifactDigest;
  if (isLocked) files.set(basename(lockPath(file)), textFile(formatLock(lock)));
  const commands = [`etude run ${quoted(name)}`, ...(isLocked ? [`etude reproduce ${quoted(name)}`] : [])];
  return {
    files,
    reproduce: { recipe: name, commands, ...(isLocked && { lock: basename(lockPath(file)) }) },
  };
}
