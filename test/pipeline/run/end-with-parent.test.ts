import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { script } from '../../support/script.js';

const busy = script('./children/busy.ts', import.meta.url);

for (const [name, when] of [
  ['a process that never yields ends when its parent is killed', 'now'],
  ['so does one that computes a stage for long', 'long'],
  ["so does one that runs a module of the user's", 'own'],
] as const)
  test(name, async () => {
    const parent = spawn(process.execPath, [...busy, when], { stdio: ['ignore', 'pipe', 'inherit'] });
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
