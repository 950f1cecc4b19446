/** Takes a lock, logs when it has it, and releases it: take-lock.ts DIR KEY LOG HOLD_MS. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';

const [dir, key, log, hold] = process.argv.slice(2) as [string, string, string, string];
const cache = await openCache(dir);
const lock = await cache.lock(key, {
  runId: `run-${process.pid}`,
  onWait: ({ pid }) => console.log(`waits for ${pid}`),
});
appendFileSync(log, `enter ${process.pid}\n`);
console.log('taken');
await sleep(Number(hold));
appendFileSync(log, `leave ${process.pid}\n`);
await lock.release();
