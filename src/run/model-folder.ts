import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelArtifact } from '../artifact.js';
import { isInside } from '../artifact-shape.js';
import { EtudeError } from '../errors.js';
import type { Objects } from '../stage-type.js';

/** Names the artifact that the folder holds, so that an unchanged one is not written again. */
const MARKER = '.artifact';

/**
 * Lays a model artifact out as a folder in the Hugging Face layout, at `<cache>/models/<pipeline>/<stage>/`: the newest model of that
 * stage, as files a person may open, move and change (copies: the content store stays untouched). Replaced as a whole.
 */
export async function layOutModel(
  cacheDir: string,
  name: { pipeline: string; stage: string },
  artifact: ModelArtifact,
  artifactDigest: string,
  objects: Objects,
): Promise<string> {
  const folder = join(cacheDir, 'models', name.pipeline, name.stage);
  const held = await readFile(join(folder, MARKER), 'utf8').catch(() => '');
  if (held === artifactDigest) return folder;

  const part = `${folder}.${process.pid}.part`;
  const old = `${folder}.${process.pid}.old`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  for (const [file, ref] of Object.entries(artifact.files)) {
    // An entry may come from elsewhere.
    if (!isInside(file)) throw new EtudeError('a file of the model leads out of its folder', { got: file });
    const target = join(part, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await objects.pathOf(ref), target, constants.COPYFILE_FICLONE);
    // Objects are read-only; a person's copy is not.
    await chmod(target, 0o644);
  }
  await writeFile(join(part, MARKER), artifactDigest);
  await rename(folder, old).catch(() => undefined);
  await rename(part, folder);
  await rm(old, { recursive: true, force: true });
  return folder;
}
