import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ModelProcess } from '../../src/serve/model/model-process.js';
import { Refusal } from '../../src/serve/refusal.js';
import { EtudeError } from '../../src/util/errors.js';
import { hashedValues } from '../support/hashed-values.js';
import { writePredictModel } from '../support/predict-models.js';
import { tempFolder } from '../support/temp-folder.js';
import { pcm16 } from '../support/wav-file.js';

const root = tempFolder('model-process');
const clip = pcm16(hashedValues('a', 8000, { scale: 0.3 }));
const never = new AbortController().signal;
setMaxListeners(0, never);
const warnings: string[] = [];
const batches: number[] = [];
let restarts = 0;
const events = {
  onBatch: ({ clips }: { clips: number }) => batches.push(clips),
  onRestart: () => restarts++,
  warn: (text: string) => warnings.push(text),
};
const processOf = (files: string[], patience = 500) =>
  new ModelProcess(
    {
      files: files.map((name) => ({ name, path: join(root, 'base', name) })),
      name: 'base',
      engine: { name: 'onnxruntime' },
      batchSize: 3,
      batchDelay: 0,
      maxDuration: 10,
    },
    events,
    patience,
  );

let model: ModelProcess;
before(async () => {
  writePredictModel(root, 'base');
  model = processOf(readdirSync(join(root, 'base')));
  await model.load();
});
after(() => model.close());

/** The process that holds the model. */
function pid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const found = children.find((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('process-main'));
  return Number(found);
}

test('clips that wait are computed together', async () => {
  const one = await model.logits(clip, never);
  batches.splice(0);
  const many = await Promise.all(Array.from({ length: 10 }, () => model.logits(clip, never)));
  for (const logits of many)
    for (const [i, value] of logits.entries()) assert.ok(Math.abs(value - one[i]!) < 1e-5);
  assert.equal(
    batches.reduce((sum, clips) => sum + clips, 0),
    10,
  );
  assert.ok(batches.length < 10 && Math.max(...batches) === 3, batches.join());
  assert.equal(model.clips, 0);
});

test('a clip that nobody waits for makes room, whether it is in the process or not', async () => {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const asked = Array.from({ length: 20 }, () => model.logits(clip, controller.signal));
  controller.abort(new Refusal(499, 'gone'));
  for (const each of asked) await assert.rejects(each, { message: 'gone' });
  await assert.rejects(model.logits(clip, controller.signal), { message: 'gone' });
  await model.logits(clip, never);
  while (model.clips > 0) await setTimeout(5);
});

test('a model that cannot be loaded is reported', async () => {
  const broken = processOf(['config.json', 'preprocessor_config.json']);
  await assert.rejects(broken.load(), EtudeError);
  await broken.close();
  assert.equal(restarts, 0);
});

const isLinux = process.platform === 'linux';

test('a process that dies is started again; what it had is refused', { skip: !isLinux }, async () => {
  process.kill(pid(), 'SIGSTOP');
  const asked = model.logits(clip, never);
  process.kill(pid(), 'SIGKILL');
  await assert.rejects(asked, (error) => error instanceof Refusal && error.status === 503);
  assert.equal(model.model, undefined);
  assert.equal((await model.logits(clip, never)).length, 7);
  assert.match(warnings.join(), /^the process of the model died \(signal SIGKILL\); it is started again$/);
});

test('one that no longer answers is killed', { skip: !isLinux }, async () => {
  process.kill(pid(), 'SIGSTOP');
  await assert.rejects(model.logits(clip, never), { status: 503 });
  assert.equal((await model.logits(clip, never)).length, 7);
  assert.equal(restarts, 2);
});
