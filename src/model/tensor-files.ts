import { readFile } from 'node:fs/promises';
import { EtudeError } from '../errors.js';
import { parseSafetensors, type Safetensors, type Weight } from './safetensors.js';

/** A file of a checkpoint: its name in the folder, and where it is now. */
export interface NamedFile {
  name: string;
  path: string;
}

/** The tensors of a checkpoint, whatever files hold them. */
export interface TensorFiles {
  /** The file to name in messages. */
  file: string;
  names: Iterable<string>;
  shape(name: string): number[];
  read(name: string): Weight;
}

/** Opens `model.safetensors`, or the shards of `model.safetensors.index.json`. */
export async function openTensors(files: readonly NamedFile[]): Promise<TensorFiles> {
  const find = (wanted: string) => files.find(({ name }) => name === wanted);
  const single = find('model.safetensors');
  const index = find('model.safetensors.index.json');
  if (single !== undefined) return joined(single.path, [await open(single)]);
  if (index !== undefined) {
    const shards = shardNames(await readFile(index.path, 'utf8'), index.path).map((name) => {
      const file = find(name);
      if (file === undefined)
        throw new EtudeError(`the shard '${name}' is missing`, { where: { file: index.path } });
      return file;
    });
    return joined(index.path, await Promise.all(shards.map(open)));
  }
  const got = files.map(({ name }) => name).join(', ');
  const bin = find('pytorch_model.bin');
  throw new EtudeError('the checkpoint has no model.safetensors', {
    got: got === '' ? 'an empty folder' : got,
    hint:
      bin === undefined
        ? undefined
        : 'PyTorch .bin files are not read: convert it in Python with model.save_pretrained(folder, safe_serialization=True).',
  });
}

async function open(file: NamedFile): Promise<Safetensors> {
  return parseSafetensors(await readFile(file.path), file.path);
}

function joined(file: string, shards: readonly Safetensors[]): TensorFiles {
  const owners = new Map(
    shards.flatMap((shard) => [...shard.entries.keys()].map((name) => [name, shard] as const)),
  );
  return {
    file,
    names: owners.keys(),
    shape: (name) => [...owners.get(name)!.entries.get(name)!.shape],
    read: (name) => owners.get(name)!.read(name),
  };
}

/** The files that an index names, each once. */
export function shardNames(text: string, file: string): string[] {
  let map: unknown;
  try {
    map = JSON.parse(text).weight_map;
  } catch (cause) {
    throw new EtudeError('the index of shards is not JSON', { where: { file }, cause });
  }
  if (typeof map !== 'object' || map === null)
    throw new EtudeError('the index of shards has no weight_map', { where: { file } });
  const names = [...new Set(Object.values(map))];
  for (const name of names) {
    // A plain name only: a path could lead out of the checkpoint's folder.
    if (typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name))
      throw new EtudeError('the index names a shard that is no plain file name', {
        got: JSON.stringify(name),
        where: { file },
      });
  }
  return names;
}
