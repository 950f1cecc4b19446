import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import { type StageEnd, schedule } from '../../../src/pipeline/run/schedule-stages.js';

interface Rig {
  /** Stages elsewhere that may be there at the same time. */
  elsewhere?: number;
  jobs?: number;
  keepGoing?: boolean;
  signal?: AbortSignal;
  ends?: Record<string, StageEnd>;
  onStart?(id: string): void;
}

/**
 * Runs stages given as `id: inputs` (an id that ends in `*` fills all cores; with `elsewhere`, such stages
 * are) and returns what happened, in order.
 */
async function run(dag: Record<string, string[]>, rig: Rig = {}) {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const stages = Object.entries(dag).map(([id, inputs]) => ({
    id,
    from: Object.fromEntries(inputs.map((input, index) => [`input${index}`, input])),
    type: { cores: id.endsWith('*') ? 'all' : 'one' },
  })) as unknown as PipelineStage[];
  await schedule(stages, {
    jobs: rig.jobs ?? 4,
    elsewhere:
      rig.elsewhere === undefined ? undefined : { most: rig.elsewhere, has: ({ id }) => id.endsWith('*') },
    keepGoing: rig.keepGoing ?? false,
    signal: rig.signal ?? new AbortController().signal,
    run: async ({ id }) => {
      most = Math.max(most, ++running);
      log.push(`start ${id}`);
      rig.onStart?.(id);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      log.push(`end ${id}`);
      return rig.ends?.[id] ?? 'done';
    },
    skip: ({ id }, because) => log.push(`skip ${id}: ${because}`),
  });
  return { log, most };
}

test('a stage starts once all its inputs are done', async () => {
  const { log } = await run({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  assert.ok(log.indexOf('start b') > log.indexOf('end a'));
  assert.ok(log.indexOf('start d') > log.indexOf('end b'));
  assert.ok(log.indexOf('start d') > log.indexOf('end c'));
});

test('independent stages run at the same time, at most `jobs` of them', async () => {
  assert.equal((await run({ a: [], b: [], c: [], d: [] }, { jobs: 3 })).most, 3);
  assert.equal((await run({ a: [], b: [], c: [] }, { jobs: 1 })).most, 1);
});

test('stages that use all cores run one at a time, next to others', async () => {
  const { log } = await run({ 'a*': [], 'b*': [], c: [] });
  assert.ok(log.indexOf('start b*') > log.indexOf('end a*'));
  assert.ok(log.indexOf('start c') < log.indexOf('end a*'));
});

test('stages elsewhere run at the same time, within their own limit', async () => {
  const dag = { 'a*': [], 'b*': [], 'c*': [], d: [], e: [] };
  assert.equal((await run(dag, { jobs: 1, elsewhere: 3 })).most, 4);
  assert.equal((await run(dag, { jobs: 1, elsewhere: 1 })).most, 2);
});

test('what depends on a failed stage is skipped and names that stage', async () => {
  const { log } = await run({ a: [], b: ['a'], c: ['b'] }, { ends: { a: 'failed' } });
  assert.deepEqual(log, ['start a', 'end a', 'skip b: a failed', 'skip c: a failed']);
});

test('after a failure nothing more is started', async () => {
  const { log } = await run({ a: [], b: [] }, { jobs: 1, ends: { a: 'failed' } });
  assert.deepEqual(log, ['start a', 'end a', 'skip b: a failed']);
});

test('with keepGoing, independent branches continue after a failure', async () => {
  const { log } = await run({ a: [], b: [], c: ['a'] }, { jobs: 1, keepGoing: true, ends: { a: 'failed' } });
  assert.deepEqual(log, ['start a', 'end a', 'start b', 'skip c: a failed', 'end b']);
});

test('once cancelled nothing more is started', async () => {
  const controller = new AbortController();
  const { log } = await run(
    { a: [], b: [] },
    { jobs: 1, signal: controller.signal, onStart: () => controller.abort() },
  );
  assert.deepEqual(log, ['start a', 'end a', 'skip b: cancelled']);
});
