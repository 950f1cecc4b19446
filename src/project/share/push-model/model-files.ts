import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isListOf, isObject, objectIn } from '../../../learning/report/json-shapes.js';
import type { DiskCache } from '../../../pipeline/cache/open-cache.js';
import type { Entry } from '../../../pipeline/cache/types.js';
import { formatLock, lockPath, readLock } from '../../../pipeline/lock/lock-file-io.js';
import { composeRecipe } from '../../../pipeline/recipe/compose.js';
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
 * The recipe that made a model: the file itself, or, if values were set from outside or it extends another,
 * the resolved one; with its lock, if that describes this model.
 */
export async function recipeFiles(
  { file, pipeline, overrides }: OpenedRecipe,
  stage: string,
  { artifactDigest }: Pick<Entry, 'artifactDigest'>,
): Promise<RecipeFiles> {
  const name = publishedName(file);
  const isOwn = (overrides.set ?? []).length + (overrides.params ?? []).length === 0;
  const composed = await composeRecipe(file, pipeline.place);
  const isWhole = 'source' in composed && composed.source.files.length === 1;
  const text = isOwn && isWhole ? await readFile(file, 'utf8') : resolveRecipe(pipeline);
  const files = new Map([[name, textFile(text)]]);
  const lock = isOwn ? await readLock(file) : undefined;
  const isLocked = lock !== undefined && lookUp(lock.stages, stage)?.output.digest === artifactDigest;
  if (isLocked) files.set(lockPath(name), textFile(formatLock(lock)));
  const commands = [`etude run ${quoted(name)}`, ...(isLocked ? [`etude reproduce ${quoted(name)}`] : [])];
  const hasModules = pipeline.stages.some(({ uses }) => uses.startsWith('.'));
  return {
    files,
    reproduce: { recipe: name, commands, hasModules, ...(isLocked && { lock: lockPath(name) }) },
  };
}

/** A name for a recipe that no file of a model has. */
function publishedName(file: string): string {
  const name = basename(file);
  return /\.ya?ml$/i.test(name) ? name : `${name}.yaml`;
}
