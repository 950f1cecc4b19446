import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EtudeError } from '../errors.js';
import type { OutlineProblem, Place } from '../stage-type.js';
import { type NamedFile, shardNames } from './tensor-files.js';

/** Names of the files of a checkpoint folder in the Hugging Face layout. */
export const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const PICKLE = 'pytorch_model.bin';

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
  const expected = `a checkpoint folder with ${CONFIG} and ${WEIGHTS}`;
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
  if (has(WEIGHTS)) return { files: [...files, file(WEIGHTS)] };
  if (has(INDEX)) {
    try {
      const shards = shardNames(readFileSync(file(INDEX).path, 'utf8'), file(INDEX).path).map(file);
      return { files: [...files, file(INDEX), ...shards] };
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      return { problem: { param, message: `${INDEX} of '${folder}': ${error.message}`, got: error.got } };
    }
  }
  const message = has(PICKLE)
    ? `'${folder}' has its weights in ${PICKLE} only; that format comes with a later version`
    : `no ${WEIGHTS} in '${folder}'`;
  return { problem: { param, message, expected } };
}
