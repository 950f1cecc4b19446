/**
 * Plays an event script through a renderer as if it happened: `play.ts SCRIPT [MODE] [SPEED]`. A speed of 10 lets ten seconds of the
 * script pass in one. SIGINT adds `cancelling`, as the run command does.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../../src/run/events.js';
import { createRenderer } from '../../src/ui/create-renderer.js';
import type { ProgressMode } from '../../src/ui/progress-mode.js';
import * as scripts from './events.js';
import { manyStages } from './many-stages.js';

const [name = 'guideRun', mode = 'auto', speed = '10'] = process.argv.slice(2);
const all: Record<string, () => scripts.EventScript> = { ...(scripts as unknown as typeof all), manyStages };
const { events } = all[name]!();
const renderer = await createRenderer(mode as ProgressMode, {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
const began = Date.now();
process.on('SIGINT', () => renderer.event({ at: Date.now() - began, type: 'cancelling' }));
for (const event of events) {
  const wait = event.at / Number(speed) - (Date.now() - began);
  if (wait > 1) await delay(wait);
  renderer.event({ ...event, at: Date.now() - began } as RunEvent);
}
await renderer.close();
