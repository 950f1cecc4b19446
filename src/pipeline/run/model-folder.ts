import { existsSync, lstatSync } from 'node:fs';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileName } from '../../files/file-name.js';
import { ifExists, writeError } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { TempFiles } from '../../files/temp-files.js';
import type { ModelArtifact, ObjectRef } from '../../stage/artifact.js';
import { copyModelFile, filesOfModel } from '../../stage/model-files.js';
import { sha256 } from '../../util/sha256.js';
import type { Cache } from '../cache/types.js';
import type { FolderChange } from './events/run-events.js';

/** Names the artifact in the folder, and the recipe that it belongs to. */
const MARKER = '.artifact';

/** Whose model a folder contains. */
export interface ModelName {
  pipeline: string;
  stage: string;
  /** How the run differs from the recipe as written, whose model has its own folder: `learning_rate=1e-4`. */
  variant?: string;
  /** The recipe file, absolute. */
  recipe: string;
  /** The run that writes it. */
  run: string;
}

/**
 * Writes a model artifact as a folder in the Hugging Face layout, at `<cache>/models/<pipeline>/<stage>/`
 * (with a variant, `<stage>@<variant>`): the newest model of that stage, as files that a person may open and
 * copy (they are copies: the content store stays untouched). A folder that already contains it is checked
 * file by file, by digest, and missing or changed files are restored; another model is replaced entirely.
 * Runs that do so at the same time wait for each other. Resolves to the folder, what was done to it, if
 * anything, and what a person should know.
 */
export async function layOutModel(
  cache: Cache,
  name: ModelName,
  artifact: ModelArtifact,
  artifactDigest: string,
): Promise<{ folder: string; change?: FolderChange; warnings: string[] }> {
  const last = name.variant === undefined ? name.stage : `${name.stage}@${name.variant}`;
  const folder = join(cache.dir, 'models', fileName(name.pipeline), fileName(last));
  const files = filesOfModel(artifact);
  const marker = `${artifactDigest}\n${name.recipe}\n`;
  if ((await readMarker(folder)) === marker && (await wrongFiles(folder, files, cache)).length === 0)
    return { folder, warnings: [] };

  const lock = await cache.lock(`model-${sha256(folder)}`, { runId: name.run });
  try {
    const [digest, recipe = ''] = (await readMarker(folder))?.split('\n') ?? [];
    if (digest === artifactDigest) {
      const wrong = await wrongFiles(folder, files, cache);
      if (await repair(folder, wrong, cache)) await writeFile(join(folder, MARKER), marker);
      else await replace(folder, files, marker, cache);
      // Another run may have repaired it meanwhile.
      if (wrong.length === 0) return { folder, warnings: [] };
      return { folder, change: 'repaired', warnings: [restored(folder, wrong)] };
    }
    await replace(folder, files, marker, cache);
    const isOfAnother = recipe !== name.recipe && recipe !== '' && existsSync(recipe);
    return { folder, change: 'written', warnings: isOfAnother ? [tookOver(folder, name, recipe)] : [] };
  } finally {
    await lock.release();
  }
}

/** Undefined if the folder is not ours. */
async function readMarker(folder: string): Promise<string | undefined> {
  if ((await lstat(folder).catch(() => undefined))?.isDirectory() !== true) return undefined;
  return readShort(join(folder, MARKER)).then(String, () => undefined);
}

interface WrongFile {
  name: string;
  ref: ObjectRef;
  /** `missing`, or present with other bytes. */
  problem: 'missing' | 'changed';
}

/**
 * Files that differ from the artifact's. Hashes only those that were written since they were last checked.
 */
async function wrongFiles(
  folder: string,
  files: readonly [string, ObjectRef][],
  cache: Cache,
): Promise<WrongFile[]> {
  const wrong: WrongFile[] = [];
  for (const [name, ref] of files) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const isWhole =
      stats?.isFile() === true &&
      stats.size === ref.size &&
      (await cache.digestFile(path).catch(() => undefined))?.digest === ref.digest;
    if (!isWhole) wrong.push({ name, ref, problem: stats === undefined ? 'missing' : 'changed' });
  }
  return wrong;
}

/**
 * Restores files one by one, each by rename, so that what a person added to the folder stays. False if that
 * is not possible.
 */
async function repair(folder: string, wrong: readonly WrongFile[], cache: Cache): Promise<boolean> {
  for (const { name, ref } of wrong) {
    const part = `${MARKER}.part`;
    try {
      await copyModelFile(folder, part, ref, cache.objects);
      await makeFolder(dirname(join(folder, name)));
      await rename(join(folder, part), join(folder, name));
    } catch {
      await rm(join(folder, part), { force: true });
      return false;
    }
  }
  return true;
}

/** Creates the folder anew next to the existing one, and then replaces that. */
async function replace(
  folder: string,
  files: readonly [string, ObjectRef][],
  marker: string,
  cache: Cache,
): Promise<void> {
  const temp = new TempFiles(join(cache.dir, 'tmp'));
  const [part, old] = [temp.path(), temp.path()];
  try {
    await mkdir(part);
    for (const [name, ref] of files) await copyModelFile(part, name, ref, cache.objects);
    await writeFile(join(part, MARKER), marker);
    await makeFolder(dirname(folder));
    await ifExists(rename(folder, old));
    await rename(part, folder);
  } catch (error) {
    // Names the folder, not the object that could not be copied to it.
    throw writeError(error, folder);
  } finally {
    for (const path of [part, old]) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function restored(folder: string, wrong: readonly WrongFile[]): string {
  const shown = wrong.slice(0, 3).map(({ name, problem }) => `${name} was ${problem}`);
  const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : '';
  return `repaired ${folder}: ${shown.join(', ')}${more}. Copy the folder before changing it.`;
}

function tookOver(folder: string, { pipeline, recipe }: ModelName, other: string): string {
  return `${folder} had the model of ${other}: it has the same name, '${pipeline}', as ${recipe}`;
}
