import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInDevices, DEVICES } from '../../src/engine/onnxruntime/index.js';
import { resolveEngine } from '../../src/engine/resolve-engine.js';

const absent = DEVICES.filter((device) => !builtInDevices().includes(device));

test('a model trained on another device has another engine in its fingerprint', async () => {
  const plain = await resolveEngine({ engine: 'onnxruntime' });
  const onCpu = await resolveEngine({ engine: 'onnxruntime', device: 'cpu' });
  const onGpu = await resolveEngine({ engine: 'onnxruntime', device: 'webgpu' });
  assert.deepEqual(plain, onCpu);
  assert.match(onCpu.id, /^onnxruntime-node \d+\.\d+\.\d+$/);
  assert.deepEqual([onGpu.name, onGpu.id, onGpu.device], ['onnxruntime', `${onCpu.id} on webgpu`, 'webgpu']);
});

test('without a named engine, a device implies onnxruntime', async () => {
  const { name, device } = await resolveEngine({ engine: 'auto', device: 'cuda' });
  assert.deepEqual([name, device], ['onnxruntime', 'cuda']);
});

test('auto resolves to a working device, or to the CPU with the reason', async () => {
  const { device, id, note } = await resolveEngine({ engine: 'onnxruntime', device: 'auto' });
  if (device === 'cpu') assert.match(note!, /^device auto picks the CPU: ./);
  else assert.ok(id.endsWith(` on ${device}`));
});

test('a named device is tried before a run', { skip: absent.length === 0 }, async () => {
  const asked = { engine: 'onnxruntime', device: absent[0]! };
  assert.equal((await resolveEngine(asked)).device, absent[0]);
  await assert.rejects(resolveEngine(asked, { check: true }), { name: 'EtudeError' });
});
