import { EtudeError } from '../../util/errors.js';
import { parseJson } from '../../util/parse-json.js';

/**
 * Files that contain a checkpoint's weights, or say which files do (an index); transformers uses the first
 * that exists.
 */
export const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

/** Whether a file of this name lists the shards with the weights. */
export function isIndex(name: string): boolean {
  return name.endsWith('.index.json');
}

/** Whether a file of this name is a pickle. */
export function isPickle(name: string): boolean {
  return name.endsWith('.bin');
}

/** The files that an index names, each once. */
export function shardNames(text: string, file: string): string[] {
  let map: unknown;
  try {
    map = (parseJson(text) as { weight_map?: unknown } | null)?.weight_map;
  } catch (cause) {
    throw new EtudeError('the shard index is not JSON', { where: { file }, cause });
  }
  if (typeof map !== 'object' || map === null)
    throw new EtudeError('the shard index has no weight_map', { where: { file } });
  const names = [...new Set(Object.values(map))];
  const kind = file.endsWith('.bin.index.json') ? 'bin' : 'safetensors';
  for (const name of names) {
    // A plain name only: a path could point outside the checkpoint's folder.
    if (typeof name !== 'string' || !/^[\w.-]+$/.test(name) || !name.endsWith(`.${kind}`))
      throw new EtudeError('the shard index has a shard that is not a plain file name', {
        expected: `a name that ends in .${kind}`,
        got: JSON.stringify(name),
        where: { file },
      });
  }
  return names;
}
