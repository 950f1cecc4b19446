import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import { bytesOfFile } from './byte-source.js';
import { type Place, parseSafetensors, type Weight } from './safetensors.js';
import { isIndex, isPickle, shardNames, WEIGHT_FILES } from './weight-files.js';

/** A file of a checkpoint: its name in the folder, and where it is now. */
export interface NamedFile {
  name: string;
  path: string;
}

/** The tensors of a checkpoint, whichever files contain them. */
export interface TensorFiles {
  /** The file to name in messages. */
  file: string;
  names: Iterable<string>;
  shape(name: string): number[];
  /** @param integer Whether it is a count, and no floating-point numbers. */
  read(name: string, integer?: boolean): Weight;
  /** Where a file has what `read` gives, if one has it as it is. */
  place?(name: string): Place | undefined;
}

/**
 * Opens the weights of a checkpoint: `model.safetensors`, `pytorch_model.bin`, or the shards of either, in
 * transformers' order of preference.
 *
 * @throws EtudeError if there are none, a shard is missing, or a file is damaged or contains more than
 * tensors.
 */
export async function openTensors(files: readonly NamedFile[]): Promise<TensorFiles> {
  const find = (wanted: string) => files.find(({ name }) => name === wanted);
  const weights = WEIGHT_FILES.map(find).find((file) => file !== undefined);
  if (weights === undefined) {
    const got = files.map(({ name }) => name).join(', ');
    throw new EtudeError(`the checkpoint has no ${WEIGHT_FILES[0]}`, {
      got: got === '' ? 'an empty folder' : got,
    });
  }
  if (!isIndex(weights.name)) return await openTensorFile(weights);
  const shards: TensorFiles[] = [];
  for (const name of shardNames((await readShort(weights.path)).toString('utf8'), weights.name)) {
    const file = find(name);
    if (file === undefined)
      throw new EtudeError(`the shard '${name}' is missing`, { where: { file: weights.path } });
    shards.push(await openTensorFile(file));
  }
  return joined(weights.path, shards);
}

/** Opens one file of tensors. */
export async function openTensorFile({ name, path }: NamedFile): Promise<TensorFiles> {
  const source = bytesOfFile(path);
  if (isPickle(name)) {
    const { openPickle } = await import('./pickle/open-pickle.js');
    return { file: path, ...openPickle(source, path) };
  }
  const { entries, read, place } = parseSafetensors(source, path);
  const shape = (tensor: string) => [...entries.get(tensor)!.shape];
  const placed = (tensor: string) => {
    const bytes = place(tensor);
    return bytes && { file: path, ...bytes };
  };
  return { file: path, names: [...entries.keys()], shape, read, place: placed };
}

function joined(file: string, shards: readonly TensorFiles[]): TensorFiles {
  const owners = new Map(shards.flatMap((shard) => [...shard.names].map((name) => [name, shard] as const)));
  return {
    file,
    names: [...owners.keys()],
    shape: (name) => owners.get(name)!.shape(name),
    read: (name, integer) => owners.get(name)!.read(name, integer),
    place: (name) => owners.get(name)!.place?.(name),
  };
}
