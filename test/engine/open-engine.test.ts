import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { inspectEngines, openEngine } from '../../src/engine/open-engine.js';
import * as tf from '../../src/engine/tf.js';
import { EtudeError } from '../../src/util/errors.js';

test('a named engine opens, says what it is, and computes', async () => {
  for (const name of ['onnxruntime', 'cpu'] as const) {
    const engine = await openEngine(name, { threads: 1 });
    assert.equal(engine.name, name);
    assert.match(engine.version, /\d+\.\d+\.\d+$/);
    assert.match(engine.device, /^CPU, 1 thread/);
    assert.equal(engine.tf.getBackend(), name);
    assert.deepEqual([...engine.tf.add([1], [2]).dataSync()], [3]);
    await engine.dispose();
  }
});

test('auto gives an engine and the reasons against those before it', async () => {
  const engine = await openEngine('auto', { threads: 1 });
  assert.equal(tf.getBackend(), engine.name);
  if (engine.name !== 'tensorflow') assert.match(engine.why, /tensorflow|tfjs-node/i);
  await engine.dispose();
});

test('a missing or unknown engine is an error that says what to do', async () => {
  const reports = await inspectEngines();
  const tensorflow = reports.find(({ name }) => name === 'tensorflow')!;
  if (!tensorflow.available) {
    await assert.rejects(openEngine('tensorflow'), (error) => {
      assert.ok(error instanceof EtudeError);
      assert.match(error.hint!, /npm install @tensorflow\/tfjs-node.*build-tensorflow/);
      return true;
    });
  }
  await assert.rejects(openEngine('abacus' as 'cpu'), EtudeError);
});

test('inspecting the engines leaves the active one unchanged', async () => {
  const engine = await openEngine('cpu');
  const reports = await inspectEngines();
  assert.deepEqual(
    reports.map(({ name }) => name),
    ['onnxruntime', 'tensorflow', 'cpu'],
  );
  assert.ok(reports.find(({ name }) => name === 'onnxruntime')!.available);
  assert.equal(tf.getBackend(), engine.name);
});

test('there is only one instance of tfjs-core', () => {
  const required = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof tf;
  assert.equal(required.Tensor, tf.Tensor);
  assert.equal(required.engine(), tf.engine());
});
