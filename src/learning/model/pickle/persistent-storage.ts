import { damaged } from './damaged.js';
import { isSize, Storage, type StorageType } from './stored-tensor.js';

/**
 * Collects the storages that a checkpoint's pickle refers to, by persistent ids ('storage', type, key,
 * location, size); in the older format, a sixth part says which view of another storage it is.
 */
export class PersistentStorages {
  readonly storages = new Map<string, Storage>();

  constructor(readonly file: string) {}

  /** The storage of a persistent id. */
  readonly find = (id: unknown): Storage => {
    const [kind, type, key, , size, view = null] = Array.isArray(id) ? id : [];
    const storage: StorageType | undefined = type?.storage;
    if (kind !== 'storage' || storage === undefined || typeof key !== 'string' || !isSize(size))
      throw damaged(this.file, 'the pickle refers to a storage in an unsupported way');
    if (view !== null)
      throw damaged(this.file, 'the pickle refers to a view of a storage, as PyTorch 0.3 wrote it');
    const known = this.storages.get(key);
    if (known === undefined) {
      const fresh = new Storage(key, storage, size);
      this.storages.set(key, fresh);
      return fresh;
    }
    if (known.size !== size || known.type !== storage)
      throw damaged(this.file, `the pickle describes storage '${key}' in two different ways`);
    return known;
  };
}
