import { openCache } from '../../../src/cache/open-cache.js';
import { openRemote } from '../../../src/remote/open-remote.js';
import { push } from '../../../src/remote/push.js';

const [, , from, to] = process.argv as [string, string, string, string];

const remote = openRemote(to);
const put = remote.put.bind(remote);
let sent = 0;
/** Tells of each file that it has stored. */
remote.put = async (...what) => {
  const stored = await put(...what);
  process.stdout.write(`sent ${++sent}\n`);
  return stored;
};

const cache = await openCache(from);
const entries = (await cache.entries.all()).map(({ entry }) => entry);
await push(remote, cache, entries);
