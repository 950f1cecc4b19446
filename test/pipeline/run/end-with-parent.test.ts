import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { script } from '../../support/script.js';

const busy = script('./children/busy.ts', import.meta.url);

test('a process in an endless loop ends when its parent is killed', async () => {
  const parent = spawn(process.execPath, busy, { stdio: ['ignore', 'pipe', 'inherit'] });
  // The child writes to the same pipe: it is closed once both have ended.
  const closed = once(parent.stdout, 'close').then(() => 'closed');
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(line.toString());
  assert.equal(await Promise.race([closed, wait(1500, 'open')]), 'open');
  parent.kill('SIGKILL');
  const found = await Promise.race([closed, wait(20_000, 'open', { ref: false })]);
  if (found === 'open') process.kill(child, 'SIGKILL');
  assert.equal(found, 'closed');
});
