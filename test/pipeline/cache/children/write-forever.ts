/** Writes objects, chunk results and entries until it is killed: write-forever.ts DIR SEED. */
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { commitText } from '../../../support/cache.js';

const [dir, seed] = process.argv.slice(2) as [string, string];
const cache = await openCache(dir);
for (let i = 0; ; i++) {
  const entry = await commitText(cache, `${seed} ${i} `.repeat(20_000));
  if (entry.artifact.kind !== 'report') break;
  await cache.chunks.set(`${seed} ${i}`, { rows: 1, columns: entry.artifact.files });
  await cache.flush();
  if (i === 0) console.log('writing');
}
