import { readShort } from '../../files/regular-file.js';
import { type FileOfSource, openSourceFolder, sourceFiles } from '../../stage/source-folder.js';
import type { OutlineProblem, Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { problemOf } from '../data/parameter-error.js';
import { isIndex, shardNames, WEIGHT_FILES } from './weight-files.js';

/** The file that every checkpoint folder in the Hugging Face layout has. */
const CONFIG = 'config.json';

export interface CheckpointOptions {
  /** The parameter at which problems are reported. */
  param: string;
  /** Whether the weights are needed. */
  weights: boolean;
  /** A branch, tag or commit of a Hub repository. */
  revision?: string;
}

/**
 * The files of a checkpoint (a folder, or a repository of the Hub) that a model is loaded from:
 * `config.json`, the weights (one file, or an index and its shards) if requested, and
 * `preprocessor_config.json` if it exists. Or the problem with it. Large files on the Hub are not downloaded
 * here.
 */
export async function checkpointFiles(
  path: string,
  place: Place,
  { param, weights, revision }: CheckpointOptions,
): Promise<{ files: FileOfSource[] } | { problem: OutlineProblem }> {
  const expected = `a checkpoint folder with ${CONFIG} and ${WEIGHT_FILES[0]} or pytorch_model.bin`;
  const problem = (message: string) => ({ problem: { param: [param], message, expected } });
  try {
    const folder = await openSourceFolder(path, place, { type: 'model', revision });
    if (folder === undefined) return problem(`no such folder: '${path}'`);
    if (!(await folder.isFile(CONFIG))) return problem(`no ${CONFIG} in '${path}'`);
    const names = [CONFIG];
    if (await folder.isFile('preprocessor_config.json')) names.push('preprocessor_config.json');
    // Read when a recipe is checked, however the Hub stores it.
    await folder.fetch(names);
    if (weights) {
      const there = await Promise.all(WEIGHT_FILES.map((name) => folder.isFile(name)));
      const file = WEIGHT_FILES.find((_, i) => there[i]);
      if (file === undefined) return problem(`no ${WEIGHT_FILES[0]} in '${path}'`);
      names.push(file);
      if (isIndex(file)) {
        await folder.fetch([file]);
        names.push(...shardNames((await readShort(folder.file(file).path)).toString('utf8'), file));
      }
    }
    return { files: await sourceFiles(folder, names) };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const found = problemOf(error, param);
    const file = error.where?.file === undefined ? '' : `${error.where.file} of '${path}': `;
    return { problem: { ...found, message: `${file}${found.message}` } };
  }
}
