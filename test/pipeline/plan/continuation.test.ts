import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { DiskCache } from '../../../src/pipeline/cache/open-cache.js';
import { keepFor } from '../../../src/pipeline/plan/continuation.js';
import type { PlanOptions } from '../../../src/pipeline/plan/types.js';
import type { ObjectRef } from '../../../src/stage/artifact.js';
import type { StageType } from '../../../src/stage/stage-type.js';
import { objectFile } from '../../support/cache.js';
import { Project } from '../../support/project.js';
import { linesOf, planOf, pretendToRun, sketch } from '../../support/sketches.js';

/** Goes on if `constant`, and if something longer was kept. */
const type: Partial<StageType> = {
  usesEngine: true,
  unaffectedBy: ['save_only_model'],
  continues: {
    lengths: ['epochs', 'steps'],
    from(before, after, kept) {
      if (after.constant !== true) return { not: 'constant is false' };
      if (Number(before.epochs) > Number(after.epochs)) return { not: 'it is longer' };
      if (kept === undefined) return { not: 'nothing is kept' };
      return { at: `epoch ${before.epochs}`, done: Number(before.epochs) / Number(after.epochs) };
    },
  },
  rows: ({ epochs }) => 100 * Number(epochs),
};

function setUp() {
  const project = new Project();
  project.write('stages/train.js', "export default 'train'");
  const pipelineOf = (params: Record<string, unknown> = {}) =>
    sketch(project, { model: { uses: 'train', type, with: { constant: true, rate: 1, ...params } } });
  return { project, pipelineOf };
}

/** As a run with these parameters leaves the cache. */
async function finish(
  pipeline: ReturnType<ReturnType<typeof setUp>['pipelineOf']>,
  cache: DiskCache,
  more: Partial<PlanOptions> = {},
): Promise<{ kept: Record<string, ObjectRef>; fingerprint: string }> {
  const [planned] = (await planOf(pipeline, cache, more)).stages;
  assert.ok(planned?.type === 'run');
  await pretendToRun(pipeline, cache, more);
  const fingerprint = planned.fingerprint!;
  const kept = { state: await cache.objects.put(Buffer.from(`state of ${fingerprint}`)) };
  await keepFor(fingerprint, kept, cache);
  return { kept, fingerprint };
}

test('a longer stage continues the longest shorter one, with what that kept and less work', async () => {
  const { project, pipelineOf } = setUp();
  const cache = await project.cache();
  await finish(pipelineOf({ epochs: 2 }), cache);
  const { kept } = await finish(pipelineOf({ epochs: 3 }), cache);
  await finish(pipelineOf({ epochs: 9 }), cache);
  const plan = await planOf(pipelineOf({ epochs: 4 }), await project.cache());
  assert.deepEqual(linesOf(plan), ['model run: epochs 3 → 4; continues from epoch 3 of a cached run']);
  const [planned] = plan.stages;
  assert.ok(planned?.type === 'run');
  assert.deepEqual(planned.continues, { kept, done: 0.75 });
  assert.deepEqual(planned.work, { rows: 100 });
});

test('nothing is continued, and the plan says why', async () => {
  const { project, pipelineOf } = setUp();
  const cache = await project.cache();
  const first = await finish(pipelineOf({ epochs: 2 }), cache);
  await finish(pipelineOf({ epochs: 2, constant: false }), cache);
  const lines = async (params: Record<string, unknown>, more: Partial<PlanOptions> = {}) => {
    const plan = await planOf(pipelineOf(params), await project.cache(), more);
    const [planned] = plan.stages;
    assert.ok(planned?.type !== 'run' || planned.continues === undefined);
    return linesOf(plan);
  };
  assert.deepEqual(await lines({ epochs: 4, constant: false }), [
    'model run: epochs 2 → 4; from the start: constant is false',
  ]);
  assert.deepEqual(await lines({ epochs: 1 }), ['model run: epochs 2 → 1; from the start: it is longer']);
  // With anything else changed, there is nothing to continue, and nothing to say about it.
  assert.deepEqual(await lines({ epochs: 4, rate: 2 }), ['model run: rate 1 → 2; epochs 2 → 4']);
  assert.deepEqual(await lines({ epochs: 4 }, { engineId: 'cpu' }), [
    'model run: epochs 2 → 4; engine onnxruntime-node 1.30.0 → cpu',
  ]);
  assert.deepEqual(await lines({ epochs: 4 }, { force: new Set(['model']) }), ['model run: epochs 2 → 4']);
  project.write('stages/train.js', "export default 'another'");
  assert.match(
    (await lines({ epochs: 4 }))[0]!,
    /^model run: epochs 2 → 4; code of stage type train changed/,
  );
  project.write('stages/train.js', "export default 'train'");

  const file = objectFile(cache.dir, first.kept.state!);
  for (const damage of [() => writeFileSync(file, 'other bytes'), () => rmSync(file)]) {
    damage();
    assert.deepEqual(await lines({ epochs: 4 }), [
      'model run: epochs 2 → 4; from the start: nothing is kept',
    ]);
  }
});

test('a parameter that does not affect the result changes nothing', async () => {
  const { project, pipelineOf } = setUp();
  const cache = await project.cache();
  await finish(pipelineOf({ epochs: 2, save_only_model: true }), cache);
  assert.deepEqual(linesOf(await planOf(pipelineOf({ epochs: 2, save_only_model: false }), cache)), [
    'model hit',
  ]);
  assert.deepEqual(linesOf(await planOf(pipelineOf({ epochs: 3, save_only_model: false }), cache)), [
    'model run: epochs 2 → 3; continues from epoch 2 of a cached run',
  ]);
});
