import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { script } from '../../support/script.js';
import { temporary } from '../../support/training-setting.js';
import { STEPS, trainToTheEnd } from './children/train-to-the-end.js';

const CHILD = script('./children/train-to-the-end.ts', import.meta.url);

/**
 * Trains in a process and kills it with SIGKILL some milliseconds after it printed a step; resolves with what
 * it printed, and whether it was killed.
 */
async function run(
  scratch: string,
  out: string,
  killAt?: { step: number; delay: number },
): Promise<{ printed: string[]; killed: boolean }> {
  const child = spawn(process.execPath, [...CHILD, scratch, out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  let killing = false;
  child.stdout.on('data', async (chunk) => {
    printed += chunk;
    const steps = printed.split('\n').map(Number).filter(Number.isInteger);
    if (killing || killAt === undefined || !steps.some((step) => step >= killAt.step)) return;
    killing = true;
    await sleep(killAt.delay);
    child.kill('SIGKILL');
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended));
  });
  assert.ok(code === 0 || signal === 'SIGKILL', `exit code ${code}, signal ${signal}`);
  return { printed: printed.trim().split('\n'), killed: signal === 'SIGKILL' };
}

it('a training killed with SIGKILL at five random moments, repeatedly, ends byte for byte like an uninterrupted one', async () => {
  const folder = temporary();
  const expected = await trainToTheEnd(join(folder, 'calm'), () => {});
  const out = join(folder, 'out');
  // One after the other: in an update, an evaluation or a save. A slow machine kills later than intended, so
  // the last steps are left alone.
  const places = Array.from({ length: 5 }, (_, part) => ({
    step: 1 + Math.floor(((part + Math.random()) * STEPS * 0.6) / 5),
    delay: Math.floor(Math.random() * 12),
  }));
  const runs = [];
  for (const place of places) runs.push(await run(join(folder, 'stormy'), out, place));
  assert.ok(runs.filter(({ killed }) => killed).length >= 3, 'too slow to kill');
  const { printed } = await run(join(folder, 'stormy'), out);
  assert.match(printed[0]!, /^resuming at step \d+ of 20$/);
  assert.ok(readFileSync(out, 'utf8') === expected, `killed at ${JSON.stringify(places)}`);
});
