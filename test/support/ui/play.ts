/**
 * Plays an event script through a renderer as if it happened: `play.ts SCRIPT [MODE] [SPEED] [hold]`. At a
 * speed of 10, ten seconds of the script take one. A `cancelling` in the script waits for a real SIGINT; with
 * `hold`, the end of the stage `model` waits for SIGUSR2. On a terminal it waits for SIGHUP after its last word.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../../../src/pipeline/run/events/run-events.js';
import { createRenderer } from '../../../src/ui/create-renderer.js';
import type { ProgressMode } from '../../../src/ui/progress-mode.js';
import { END } from './end.js';
import * as scripts from './events.js';
import { manyStages } from './many-stages.js';

const [name = 'guideRun', mode = 'auto', speed = '10', hold] = process.argv.slice(2);
const all: Record<string, () => scripts.EventScript> = { ...(scripts as unknown as typeof all), manyStages };
const { events } = all[name]!();
// Ink takes a while to load; the script must not be over before that.
process.env.NODE_ENV ??= 'production';
if (process.stdout.isTTY) await import('../../../src/ui/ink/screen.js');

const interrupted = new Promise((resolve) => process.on('SIGINT', resolve));
const seen = new Promise((resolve) => process.on('SIGHUP', resolve));
const released = new Promise((resolve) => process.on('SIGUSR2', resolve));
// Signals alone do not keep a process alive.
const awake = setInterval(() => undefined, 1000);
const renderer = await createRenderer(mode as ProgressMode, {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
let began = Date.now();
for (const event of events) {
  const wait = event.at / Number(speed) - (Date.now() - began);
  if (wait > 1) await delay(wait);
  const waited = Date.now();
  if (event.type === 'cancelling' && process.stdout.isTTY) await interrupted;
  if (hold === 'hold' && event.type === 'stage-finished' && event.id === 'model') await released;
  began += Date.now() - waited;
  renderer.event({ ...event, at: Date.now() - began } as RunEvent);
  // Frames are drawn between events, however busy the machine is.
  if (event.type === 'cancelling') await delay(300);
}
await renderer.close();
if (process.stdout.isTTY) {
  // A terminal may lose what its process writes last, if that ends before it is read.
  process.stdout.write(END);
  await seen;
}
clearInterval(awake);
