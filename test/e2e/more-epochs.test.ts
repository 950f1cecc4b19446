import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TRAINING_RECIPE, toneProject } from '../support/tone-project.js';

const CONSTANT = TRAINING_RECIPE.replace(
  'num_train_epochs: 1,',
  'num_train_epochs: 1, lr_scheduler_type: constant, per_device_train_batch_size: 4, load_best_model_at_end: true,',
);

test('a run with more epochs continues the cached training, and gives the bytes of one that does not', async () => {
  const project = toneProject(16, CONSTANT);
  const run = async (epochs: number, of = project) => {
    const ran = await of.run({ set: [`num_train_epochs=${epochs}`] });
    const { because } = ran.finished.stages.find(({ id }) => id === 'model')!;
    const steps = ran.events.flatMap((event) =>
      event.type === 'stage-progress' && event.training ? [event.training.step] : [],
    );
    const [entry] = await (await of.cache()).entriesOf('train');
    return { because, first: steps[0], artifact: entry!.artifact, entry: entry! };
  };
  const apart = project.copy();
  const one = await run(1);
  // An epoch has three steps; not every step of a fast machine is an event.
  assert.ok(one.first! <= 3);
  const three = await run(3);
  assert.deepEqual(three.because, ['num_train_epochs 1 → 3', 'continues from epoch 1 of a cached run']);
  assert.ok(three.first! > 3);
  const whole = await run(3, apart);
  assert.deepEqual(three.artifact, whole.artifact);
  // Times are predicted from what was really done.
  assert.equal(Math.round(three.entry.work!.rows!), Math.round(whole.entry.work!.rows! * (2 / 3)));

  // The state is gone: it says so, and starts from the beginning.
  const chunks = join(project.dir, '.etude/chunks');
  for (const name of readdirSync(chunks)) rmSync(join(chunks, name), { recursive: true });
  const four = await run(4);
  assert.deepEqual(four.because, [
    'num_train_epochs 3 → 4',
    'from the start: its training state is not in the cache',
  ]);
  assert.ok(four.first! <= 3);
  assert.deepEqual(four.artifact, (await run(4, apart)).artifact);

  const linear = await project.run({ set: ['num_train_epochs=5', 'lr_scheduler_type=linear'] });
  assert.equal(linear.finished.status, 'success');
  const more = await project.open({ set: ['num_train_epochs=6', 'lr_scheduler_type=linear'] });
  const planned = (await more.plan()).stages.find(({ stage }) => stage.id === 'model')!;
  assert.match(
    planned.type === 'run' ? planned.because.map(({ text }) => text).join() : '',
    /^num_train_epochs 5 → 6,from the start: lr_scheduler_type linear depends on the number of steps \(/,
  );
});
