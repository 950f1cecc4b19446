import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  isRepositoryId,
  localFolder,
  repositoryFolder,
  type SourceFolder,
} from '../../stage/source-folder.js';
import type { Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { ETUDE_FILE } from './etude-file.js';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, readAdapterConfig } from './lora/adapter-config.js';
import { readEtudeFile } from './read-etude-file.js';

/** Whether a folder has an adapter rather than a model: as in transformers, then it is that which counts. */
export function isAdapter(folder: SourceFolder): Promise<boolean> {
  return folder.isFile(ADAPTER_CONFIG);
}

/**
 * The model around an adapter that a training saved, into which it is merged already; undefined for any other
 * adapter. The adapter of a local model does not name it: its path would mean nothing elsewhere.
 */
export async function mergedAround(folder: SourceFolder): Promise<SourceFolder | undefined> {
  const weights = folder.file(ADAPTER_WEIGHTS[0]);
  if (folder.repository !== undefined || !(await folder.isFile(ADAPTER_WEIGHTS[0]))) return undefined;
  const model = localFolder(join(folder.shown, '..'), join(folder.root, '..'));
  const about = model.file(ETUDE_FILE);
  const { adapter } = (await readEtudeFile([about])) ?? {};
  if (adapter === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const part of createReadStream(weights.path)) hash.update(part as Buffer);
  return hash.digest('hex') === adapter ? model : undefined;
}

/**
 * The names of an adapter's files, and the folder of the model that it is for: one that its configuration
 * names by the way from the adapter's own folder, if that is a local one, or else a repository of the Hub.
 *
 * @throws EtudeError for an adapter that is not supported, lacks a file, or whose base model is not there.
 */
export async function locateAdapter(
  folder: SourceFolder,
  place: Place,
): Promise<{ names: string[]; base: SourceFolder }> {
  await folder.fetch([ADAPTER_CONFIG]);
  const { path } = folder.file(ADAPTER_CONFIG);
  const { base: name, revision } = await readAdapterConfig(path, ADAPTER_CONFIG);
  const there = await Promise.all(ADAPTER_WEIGHTS.map((file) => folder.isFile(file)));
  const weights = ADAPTER_WEIGHTS.find((_, index) => there[index]);
  if (weights === undefined)
    throw new EtudeError(`no ${ADAPTER_WEIGHTS[0]} in '${folder.shown}'`, {
      expected: `an adapter's folder, with ${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS.join(' or ')}`,
    });
  const base = await baseOf(folder, place, name, revision);
  if (base === undefined)
    throw new EtudeError(`the base model '${name}' of the adapter '${folder.shown}' is not there`, {
      expected:
        folder.repository === undefined
          ? `a repository of the Hub, or a path from the adapter's folder to the base model's`
          : 'a repository of the Hub',
      where: { file: ADAPTER_CONFIG },
      hint: `Set base_model_name_or_path in ${ADAPTER_CONFIG} to it.`,
    });
  if (await isAdapter(base))
    throw new EtudeError(`the base model '${name}' of the adapter '${folder.shown}' is an adapter itself`, {
      expected: 'a whole model: merge that adapter first',
    });
  return { names: [ADAPTER_CONFIG, weights], base };
}

async function baseOf(
  folder: SourceFolder,
  place: Place,
  name: string,
  revision: string | undefined,
): Promise<SourceFolder | undefined> {
  // What comes from the Hub must not choose among local files, and nobody's file a place outside of a project
  // by its full name.
  if (folder.repository === undefined && !isAbsolute(name) && !/^[\\/]|^[A-Za-z]:/.test(name)) {
    const shown = join(folder.shown, name);
    if (await folder.isFolder(name)) return localFolder(shown, join(folder.root, name));
  }
  if (!isRepositoryId(name)) return undefined;
  return repositoryFolder(await place.repository('model', name, revision));
}
