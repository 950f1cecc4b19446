import { hubSettings } from '../../../../src/hub/settings.js';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { HubRemote } from '../../../../src/pipeline/remote/hub/remote.js';
import { push } from '../../../../src/pipeline/remote/push.js';

const [, , from, name, endpoint] = process.argv as [string, string, string, string, string];

const cache = await openCache(from);
const entries = (await cache.entries.all()).map(({ entry }) => entry);
const settings = { ...hubSettings({ HF_ENDPOINT: endpoint, HF_HOME: from }), backoffMs: 1 };
await push(new HubRemote(name, () => settings), cache, entries);
