import { count } from '../../../util/words.js';
import type { ByteSource } from '../byte-source.js';
import { CONVERT, damaged } from './damaged.js';
import { PersistentStorages } from './persistent-storage.js';
import type { PickledCheckpoint } from './pickled-checkpoint.js';
import { unpickle } from './unpickle.js';
import { zipEntries } from './zip-entries.js';

/** Bytes of the pickle; those of large models are well below a megabyte. */
export const MAX_PICKLE = 2 ** 24;

/**
 * The format since PyTorch 1.6: a zip archive with `<name>/data.pkl` and a file `<name>/data/<key>` per
 * storage.
 */
export function readZip(source: ByteSource, file: string): PickledCheckpoint {
  const entries = zipEntries(source, file);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1)
    throw damaged(file, 'the zip archive is not a PyTorch checkpoint', { expected: 'one data.pkl in it' });
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`))
    throw damaged(file, 'the file is a TorchScript program, not a state dict', { hint: CONVERT });
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && order.end - order.begin < 16) {
    const text = new TextDecoder().decode(source.read(order.begin, order.end));
    if (text !== 'little')
      throw damaged(file, 'the byte order is not supported', { expected: 'little', got: text });
  }

  const { begin, end } = entries.get(pickle)!;
  if (end - begin > MAX_PICKLE)
    throw damaged(file, 'the pickle is too large', { got: count(end - begin, 'byte') });
  const persistent = new PersistentStorages(file);
  const { value } = unpickle(source.read(begin, end), 0, persistent.find, file);
  const begins = new Map<string, number>();
  for (const { key, type, size } of persistent.storages.values()) {
    const entry = entries.get(`${folder}data/${key}`);
    if (entry === undefined) throw damaged(file, `storage '${key}' is missing`);
    if (entry.end - entry.begin !== size * type.bytes)
      throw damaged(file, `storage '${key}' has another size than the pickle says`, {
        expected: count(size * type.bytes, 'byte'),
        got: count(entry.end - entry.begin, 'byte'),
      });
    begins.set(key, entry.begin);
  }
  return { value, begins };
}
