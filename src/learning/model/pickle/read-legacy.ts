import { count } from '../../../util/words.js';
import type { ByteSource } from '../byte-source.js';
import { CONVERT, damaged } from './damaged.js';
import { PersistentStorages } from './persistent-storage.js';
import type { PickledCheckpoint } from './pickled-checkpoint.js';
import { MAX_PICKLE } from './read-zip.js';
import { unpickle } from './unpickle.js';

/** The number at the start of the file, pickled, and the protocol that follows. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * The format before PyTorch 1.6: five pickles (magic number, protocol, the writing system, the state dict,
 * the order of the storages), then each storage's size (int64) and numbers.
 */
export function readLegacy(source: ByteSource, file: string): PickledCheckpoint {
  const bytes = source.read(0, Math.min(source.size, MAX_PICKLE));
  refuseOthers(bytes, file);
  const persistent = new PersistentStorages(file);
  const none = () => {
    throw damaged(file, 'the checkpoint refers to a storage that does not exist');
  };
  let at = 0;
  const next = (find: (id: unknown) => unknown): unknown => {
    const { value, end } = unpickle(bytes, at, find, file);
    at = end;
    return value;
  };
  if (next(none) !== MAGIC || next(none) !== PROTOCOL)
    throw damaged(file, 'the file is not a PyTorch checkpoint');
  const system = next(none);
  if (!(system instanceof Map) || system.get('little_endian') !== true)
    throw damaged(file, 'the byte order is not supported', { expected: 'little' });
  const value = next(persistent.find);
  const keys = next(none);
  if (!Array.isArray(keys)) throw damaged(file, 'the checkpoint does not list its storages');

  const begins = new Map<string, number>();
  for (const key of keys) {
    const storage = persistent.storages.get(key as string);
    if (storage === undefined || begins.has(storage.key))
      throw damaged(file, 'the checkpoint lists a storage twice, or one that no tensor uses');
    const end = at + 8 + storage.size * storage.type.bytes;
    if (end > source.size)
      throw damaged(file, 'the checkpoint is truncated', { expected: `${count(end, 'byte')} or more` });
    const head = source.read(at, at + 8);
    const size = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (size !== BigInt(storage.size))
      throw damaged(file, `storage '${storage.key}' has another size than the pickle says`, {
        expected: count(storage.size, 'number'),
        got: count(size, 'number'),
      });
    begins.set(storage.key, at + 8);
    at = end;
  }
  for (const key of persistent.storages.keys()) {
    if (!begins.has(key)) throw damaged(file, `storage '${key}' is missing`);
  }
  return { value, begins };
}

function refuseOthers(bytes: Uint8Array, file: string): void {
  const text = (from: number, to: number) => new TextDecoder('latin1').decode(bytes.subarray(from, to));
  if (text(257, 262) === 'ustar' || text(0, 4) === 'sys_')
    throw damaged(file, 'the checkpoint is a tar archive, as PyTorch 0.1 wrote it', { hint: CONVERT });
  if (text(0, 8) === 'version ')
    throw damaged(file, 'the file is a Git LFS pointer, not the weights themselves', {
      hint: 'Fetch them with: git lfs pull',
    });
  if (bytes[0] !== 0x80) throw damaged(file, 'the file is not a PyTorch checkpoint');
}
