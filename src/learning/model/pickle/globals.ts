import { damaged } from './damaged.js';
import { PickledTensor, Storage, type StorageType } from './stored-tensor.js';

/** What a pickle may name: a function that is implemented here, or a type of storage. */
export type PickleGlobal =
  | { call(args: readonly unknown[], file: string): unknown }
  | { storage: StorageType };

const STORAGES: Readonly<Record<string, StorageType>> = {
  FloatStorage: { bytes: 4, float: 'F32' },
  HalfStorage: { bytes: 2, float: 'F16' },
  BFloat16Storage: { bytes: 2, float: 'BF16' },
  DoubleStorage: { bytes: 8, float: 'F64' },
  LongStorage: { bytes: 8, integer: 'I64' },
  IntStorage: { bytes: 4 },
  ShortStorage: { bytes: 2 },
  CharStorage: { bytes: 1 },
  ByteStorage: { bytes: 1 },
  BoolStorage: { bytes: 1 },
};

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[], file: string) => unknown>> = {
  'collections.OrderedDict': (args, file) => {
    if (args.length > 0) throw damaged(file, 'the pickle fills an OrderedDict in an unsupported way');
    return new Map();
  },
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([data], file) => {
    if (data instanceof PickledTensor) return data;
    throw damaged(file, 'the pickle makes a parameter from something that is not a tensor');
  },
};

/** The complete list of what a checkpoint may name. Anything else is `undefined`, and never looked up. */
export function findGlobal(module: string, name: string): PickleGlobal | undefined {
  if (module === 'torch' && Object.hasOwn(STORAGES, name)) return { storage: STORAGES[name]! };
  const key = `${module}.${name}`;
  return Object.hasOwn(FUNCTIONS, key) ? { call: FUNCTIONS[key]! } : undefined;
}

/** `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks)`. */
function rebuildTensor([storage, offset, size, stride]: readonly unknown[], file: string): PickledTensor {
  if (!(storage instanceof Storage))
    throw damaged(file, 'the pickle makes a tensor from something that is not a storage');
  return new PickledTensor(storage, offset, size, stride, file);
}
