import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Plan } from '../../src/engine/onnxruntime/graph-plan.js';
import { type OnnxRuntimeOptions, registerOnnxRuntime } from '../../src/engine/onnxruntime/index.js';
import { type CompiledGraph, KeptSessions } from '../../src/engine/onnxruntime/kept-sessions.js';
import * as tf from '../../src/engine/tf.js';

/** Opens a back end anew, computes, and counts what it compiled. Sums of so many are nowhere else. */
async function compute(options: OnnxRuntimeOptions = {}): Promise<{ result: number[]; compiled: number }> {
  const backend = await registerOnnxRuntime({ threads: 1, ...options });
  await tf.setBackend('onnxruntime');
  const before = backend.statistics().compiled;
  const values = Float32Array.from({ length: 1237 }, (_, i) => Math.sin(i));
  const result = tf.tidy(() => [...tf.mean(tf.exp(tf.tensor1d(values))).dataSync()]);
  const compiled = backend.statistics().compiled - before;
  tf.removeBackend('onnxruntime');
  return { result, compiled };
}

test('graphs of a closed back end are not compiled again for the next, and compute the same', async () => {
  const first = await compute();
  assert.equal(first.compiled, 1);
  assert.deepEqual(await compute(), { ...first, compiled: 0 });
});

test('graphs compiled with other settings are not used', async () => {
  await compute();
  assert.equal((await compute({ threads: 2 })).compiled, 1);
  assert.equal((await compute({ keepSessions: false })).compiled, 1);
  // With their memory, graphs are not kept.
  for (const _ of [1, 2]) assert.equal((await compute({ memoryArena: true })).compiled, 1);
});

/** A graph that notes that it was closed. */
function graphOf(number: number, closed: number[]): CompiledGraph {
  const native = { run: () => ({}), dispose: () => void closed.push(number) };
  return { hash: number % 2, signature: Int32Array.of(number), native };
}
const planOf = (number: number) => ({ hash: number % 2, signature: Int32Array.of(number) }) as Plan;

test('a graph is handed out once, to a plan with its signature', () => {
  const kept = new KeptSessions();
  const graph = graphOf(1, []);
  kept.keep([graphOf(3, []), graph], 'settings');
  assert.equal(kept.take(planOf(1), 'others'), undefined);
  assert.equal(kept.take(planOf(5), 'settings'), undefined);
  assert.equal(kept.take(planOf(1), 'settings'), graph);
  assert.equal(kept.take(planOf(1), 'settings'), undefined);
});

test('kept graphs are closed, the oldest first, beyond a limit, and when nobody asks for them', async () => {
  const closed: number[] = [];
  const kept = new KeptSessions(20);
  kept.keep(
    [1, 2, 3, 4].map((number) => graphOf(number, closed)),
    'settings',
  );
  kept.limit(2);
  assert.deepEqual(closed, [1, 2]);
  assert.ok(kept.take(planOf(3), 'settings'));
  while (kept.size > 0) await setTimeout(5);
  assert.deepEqual(closed, [1, 2, 4]);
  const many = Array.from({ length: 200 }, (_, number) => graphOf(number, []));
  kept.keep(many, 'settings');
  assert.ok(kept.size < 20);
  assert.equal(kept.take(planOf(199), 'settings'), many[199]);
});
