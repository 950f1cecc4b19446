import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/random/random.js';
import { Attempts } from '../support/crashes/attempts.js';
import { checkDisks } from '../support/crashes/disks.js';
import { sharedTempFolder } from '../support/temp-folder.js';
import { restlessProject } from '../support/tone-project.js';

/** The events at which a run is killed. Random moments: scripts/check-crashes.ts. */
const MOMENTS = [
  /"stage-started","id":"speech"/,
  /"stage-progress","id":"model"/,
  /"stage-started","id":"scores"/,
];

const attempts = new Attempts(sharedTempFolder('crashes'), {
  recipe: 'recipe.yaml',
  cwd: restlessProject().dir,
});
const expected = await attempts.undisturbed();

test('kill -9 during a run loses nothing and changes nothing, also for two runs that continue it at once', async () => {
  for (const [i, at] of MOMENTS.entries()) {
    const { killed } = await attempts.run('killed', { at, alone: i === 1 });
    assert.ok(killed, String(at));
  }
  for (const one of await Promise.all([attempts.run('killed'), attempts.run('killed')]))
    assert.deepEqual(attempts.faultsOfRun(one, expected), []);
  assert.deepEqual(await attempts.faultsOfCache('killed', expected), []);
});

test('a run on a full disk says so, and continues once there is room', async (t) => {
  const random = Random.stream(1, 'disks');
  const report = await checkDisks(attempts, expected, { disks: 1, random, say: () => {} });
  if (report === undefined) return t.skip('may not mount a small file system');
  assert.deepEqual([report.refused, report.faults], [1, []]);
});
