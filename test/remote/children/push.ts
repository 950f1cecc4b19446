import { openCache } from '../../../src/cache/open-cache.js';
import { FolderRemote } from '../../../src/remote/folder-remote.js';
import { push } from '../../../src/remote/push.js';
import type { Upload } from '../../../src/remote/types.js';

const [, , from, to] = process.argv as [string, string, string, string];

/** Tells of each file that it has stored. */
class TellingRemote extends FolderRemote {
  #sent = 0;

  override async put(key: string, upload: Upload, signal: AbortSignal): Promise<'stored' | 'present'> {
    const stored = await super.put(key, upload, signal);
    process.stdout.write(`sent ${++this.#sent}\n`);
    return stored;
  }
}

const cache = await openCache(from);
const entries = (await cache.entries.all()).map(({ entry }) => entry);
await push(new TellingRemote(to), cache, entries);
