import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { openRemote } from '../../../../src/pipeline/remote/open-remote.js';
import { push } from '../../../../src/pipeline/remote/push.js';

const [, , from, to] = process.argv as [string, string, string, string];

const remote = openRemote(to);
const cache = await openCache(from);
const entries = (await cache.entries.all()).map(({ entry }) => entry);
let sent = 0;
/** Reports each file that has been sent, each in one piece. */
const progress = () => process.stdout.write(`sent ${++sent}\n`);
await push(remote, cache, entries, { progress });
