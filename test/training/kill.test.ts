import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { STEPS, trainToTheEnd } from './children/train-to-the-end.js';
import { temporary } from './setting.js';

const CHILD = fileURLToPath(new URL('./children/train-to-the-end.ts', import.meta.url));

/** Trains in a process, kills it with SIGKILL some milliseconds after it told of a step, and gives what it told. */
async function run(
  scratch: string,
  out: string,
  killAt?: { step: number; delay: number },
): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, scratch, out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  let killing = false;
  child.stdout.on('data', async (chunk) => {
    told += chunk;
    const steps = told.split('\n').map(Number).filter(Number.isInteger);
    if (killing || killAt === undefined || !steps.some((step) => step >= killAt.step)) return;
    killing = true;
    await sleep(killAt.delay);
    child.kill('SIGKILL');
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended));
  });
  assert.ok(code === 0 || signal === 'SIGKILL', `exit code ${code}, signal ${signal}`);
  return told.trim().split('\n');
}

it('a training killed with SIGKILL at five random places, once and again, ends byte for byte as one never stopped', async () => {
  const folder = temporary();
  const expected = await trainToTheEnd(join(folder, 'calm'), () => {});
  const out = join(folder, 'out');
  // Somewhere in each fifth of the training: in an update, an evaluation or a save.
  const places = Array.from({ length: 5 }, (_, part) => ({
    step: 1 + Math.floor(((part + Math.random()) * (STEPS - 2)) / 5),
    delay: Math.floor(Math.random() * 12),
  }));
  for (const place of places) {
    await run(join(folder, 'stormy'), out, place);
    assert.ok(!existsSync(out), `not killed: ${JSON.stringify(places)}`);
  }
  const told = await run(join(folder, 'stormy'), out);
  assert.match(told[0]!, /^going on from step \d+ of 20$/);
  assert.ok(readFileSync(out, 'utf8') === expected, `killed at ${JSON.stringify(places)}`);
});
