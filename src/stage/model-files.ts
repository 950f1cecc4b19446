import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EtudeError } from '../util/errors.js';
import type { ModelArtifact, ObjectRef } from './artifact.js';
import { isInside } from './artifact-shape.js';
import type { Objects } from './stage-type.js';

/**
 * A model's files by name. Throws an EtudeError if one of them points outside the folder that it is relative
 * to: a cache entry may come from elsewhere.
 */
export function filesOfModel(artifact: ModelArtifact): [name: string, ref: ObjectRef][] {
  const files = Object.entries(artifact.files);
  for (const [name] of files)
    if (!isInside(name)) throw new EtudeError('a file of the model points outside its folder', { got: name });
  return files;
}

/**
 * Copies a file of a model out of the content store into a folder that exists, as a regular user file: the
 * store's are read-only.
 *
 * @param name as returned by `filesOfModel`, or any name that the caller chooses
 */
export async function copyModelFile(
  folder: string,
  name: string,
  ref: ObjectRef,
  objects: Pick<Objects, 'pathOf'>,
): Promise<void> {
  const target = join(folder, name);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(await objects.pathOf(ref), target, constants.COPYFILE_FICLONE);
  // The folder was created with the umask.
  await chmod(target, (await stat(dirname(target))).mode & 0o666);
}
