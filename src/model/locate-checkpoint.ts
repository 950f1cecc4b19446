import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EtudeError } from '../errors.js';
import type { OutlineProblem, Place } from '../stage-type.js';
import type { NamedFile } from './tensor-files.js';
import { isIndex, shardNames, WEIGHT_FILES } from './weight-files.js';

/** The name of the file that every checkpoint folder in the Hugging Face layout has. */
export const CONFIG = 'config.json';

/**
 * The files of a checkpoint folder that a model is loaded from: `config.json`, the weights (one file, or an index and its shards) where they
 * are wanted, and `preprocessor_config.json` where it is there. Or the problem with the folder.
 */
export function checkpointFiles(
  folder: string,
  place: Place,
  options: { param: string; weights: boolean },
): { files: NamedFile[] } | { problem: OutlineProblem } {
  const directory = place.resolve(folder);
  const param = [options.param];
  const file = (name: string): NamedFile => ({ name, path: join(directory, name) });
  const has = (name: string) => existsSync(file(name).path);
  const expected = `a checkpoint folder with ${CONFIG} and ${WEIGHT_FILES[0]} or pytorch_model.bin`;
  if (!existsSync(directory)) {
    const hub = /^[\w.-]+(\/[\w.-]+)?$/.test(folder) && !folder.startsWith('.');
    const message = hub
      ? `no folder '${folder}'; loading from the Hugging Face Hub comes with a later version`
      : `no folder '${folder}'`;
    return { problem: { param, message, expected } };
  }
  if (!has(CONFIG)) return { problem: { param, message: `no ${CONFIG} in '${folder}'`, expected } };
  const files = [file(CONFIG)];
  if (has('preprocessor_config.json')) files.push(file('preprocessor_config.json'));
  if (!options.weights) return { files };
  const weights = WEIGHT_FILES.find(has);
  if (weights === undefined)
    return { problem: { param, message: `no ${WEIGHT_FILES[0]} in '${folder}'`, expected } };
  if (!isIndex(weights)) return { files: [...files, file(weights)] };
  try {
    const shards = shardNames(readFileSync(file(weights).path, 'utf8'), weights).map(file);
    return { files: [...files, file(weights), ...shards] };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    return { problem: { param, message: `${weights} of '${folder}': ${error.message}`, got: error.got } };
  }
}
