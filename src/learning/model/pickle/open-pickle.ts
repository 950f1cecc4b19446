import type { ByteSource } from '../byte-source.js';
import { floats } from '../float-types.js';
import type { Weight } from '../safetensors.js';
import { CONVERT, damaged } from './damaged.js';
import { readLegacy } from './read-legacy.js';
import { readZip } from './read-zip.js';
import { PickledTensor } from './stored-tensor.js';

/** A PyTorch checkpoint: its contents, and its tensors on demand. */
export interface PickledTensors {
  names: string[];
  shape(name: string): number[];
  /**
   * As float32, row-major, in separate memory.
   *
   * @param integer Whether it is a count, 64 bits.
   */
  read(name: string, integer?: boolean): Weight;
}

/**
 * Opens what `torch.save(model.state_dict(), …)` wrote: `pytorch_model.bin`, as a zip archive (since PyTorch
 * 1.6) or as consecutive pickles (before). Only tensors are read, and nothing in the file is ever run; see
 * `unpickle`. Sizes are checked against the file before any memory is allocated for them.
 *
 * @param file Name for messages.
 * @throws EtudeError if the file is not such a checkpoint, is damaged, or names anything but tensors.
 */
export function openPickle(source: ByteSource, file: string): PickledTensors {
  const start = source.read(0, Math.min(source.size, 4));
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  const { value, begins } = isZip ? readZip(source, file) : readLegacy(source, file);
  const tensors = tensorsOf(value, file);
  const find = (name: string): PickledTensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw damaged(file, `there is no tensor '${name}'`);
    return tensor;
  };
  return {
    names: [...tensors.keys()],
    shape: (name) => [...find(name).shape],
    read(name, integer = false) {
      const tensor = find(name);
      const { key, type } = tensor.storage;
      const stored = type.float ?? (integer ? type.integer : undefined);
      if (stored === undefined)
        throw damaged(file, `tensor '${name}' has an unsupported type`, {
          expected: 'floating-point numbers',
          got: 'integers or booleans',
        });
      const begin = begins.get(key)! + tensor.offset * type.bytes;
      const numbers = floats(source.read(begin, begin + tensor.reach * type.bytes), stored);
      return { shape: [...tensor.shape], data: tensor.arrange(numbers), ...(integer && { integer }) };
    },
  };
}

/** The tensors by name; anything else in a state dict (a version, say) is skipped, as in transformers. */
function tensorsOf(value: unknown, file: string): Map<string, PickledTensor> {
  if (!(value instanceof Map)) throw damaged(file, 'the checkpoint is not a dict of tensors');
  const tensors = new Map<string, PickledTensor>();
  for (const [name, item] of value) {
    if (typeof name === 'string' && item instanceof PickledTensor) tensors.set(name, item);
  }
  if (tensors.size === 0)
    throw damaged(file, 'the checkpoint has no named tensors', {
      expected: 'what torch.save(model.state_dict(), …) writes',
      hint: CONVERT,
    });
  return tensors;
}
