import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineFor, parseDevice } from '../../src/engine/device-choice.js';
import { checkNamedDevice, chooseDevice, inspectDevices } from '../../src/engine/devices.js';
import type { Device, DeviceFinding } from '../../src/engine/onnxruntime/index.js';
import { EtudeError, messageOf } from '../../src/util/errors.js';

const ALL: readonly Device[] = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'];
const noAdapter: DeviceFinding = { type: 'closed', reason: 'No supported adapters' };

/** A machine on which the named devices have these findings, and the others are absent. */
function machine(findings: Partial<Record<Device, DeviceFinding>>) {
  return async (device: Device): Promise<DeviceFinding> =>
    findings[device] ?? {
      type: 'absent',
      reason: `onnxruntime-node does not support ${device} on here/there`,
    };
}

function works(milliseconds: number): DeviceFinding {
  return { type: 'works', onCpu: [], milliseconds, cpuMilliseconds: 10 };
}

function messageFor(name: string): string {
  try {
    return parseDevice(name);
  } catch (error) {
    assert.ok(error instanceof EtudeError);
    return error.describe();
  }
}

test('devices have the names that ONNX Runtime uses', () => {
  for (const name of ['auto', ...ALL]) assert.equal(parseDevice(name), name);
});

test('an unknown device is an error that suggests the intended one', () => {
  assert.equal(
    messageFor('webgp'),
    "unknown device 'webgp'\n  expected auto, cpu, webgpu, cuda, coreml or dml\n  Did you mean 'webgpu'?",
  );
  assert.match(messageFor('WebGPU'), /Did you mean 'webgpu'\?$/);
  assert.match(messageFor('cuda:0'), /Did you mean 'cuda'\?$/);
  assert.match(messageFor('core-ml'), /Did you mean 'coreml'\?$/);
  assert.match(messageFor('gpu'), /Did you mean 'auto'\?$/);
  assert.match(messageFor('mps'), /Did you mean 'webgpu'\?$/);
  assert.match(messageFor('directml'), /Did you mean 'dml'\?$/);
  assert.doesNotMatch(messageFor('abacus'), /Did you mean/);
});

test('a device belongs to the onnxruntime engine', () => {
  assert.equal(engineFor('auto', undefined), 'auto');
  assert.equal(engineFor('auto', 'auto'), 'auto');
  assert.equal(engineFor('auto', 'webgpu'), 'onnxruntime');
  assert.equal(engineFor('auto', 'cpu'), 'onnxruntime');
  assert.equal(engineFor('tensorflow', undefined), 'tensorflow');
  assert.equal(engineFor('cpu', 'cpu'), 'cpu');
  for (const [engine, why] of [
    ['tensorflow', 'it uses the GPU on its own when there is one'],
    ['cpu', 'it only supports the CPU'],
  ] as const) {
    assert.throws(() => engineFor(engine, 'cuda'), {
      name: 'EtudeError',
      message: `engine ${engine} cannot use device cuda: ${why}`,
      hint: 'Use --engine onnxruntime --device cuda, or leave --device out.',
    });
  }
});

test('auto takes the first device that computes correctly and faster than the CPU', async () => {
  const check = machine({ webgpu: works(2), cuda: works(1) });
  assert.equal((await chooseDevice('auto', check, () => ALL)).device, 'cuda');
  assert.equal((await chooseDevice('auto', check, () => ['cpu', 'webgpu'])).device, 'webgpu');
});

test('auto falls back to the CPU and says why', async () => {
  const check = machine({
    cuda: { type: 'died', reason: 'opening it kills the process (SIGABRT)' },
    webgpu: works(5000),
    dml: { type: 'wrong', reason: 'Conv is off by up to 5.1 where results go up to 3.4' },
  });
  const { device, why } = await chooseDevice('auto', check, () => ['cpu', 'webgpu', 'cuda', 'dml']);
  assert.equal(device, 'cpu');
  assert.equal(
    why,
    'cuda: opening it kills the process (SIGABRT); webgpu: it computes correctly, but is 500 times slower than the CPU; ' +
      'dml: Conv is off by up to 5.1 where results go up to 3.4',
  );
  const none = await chooseDevice('auto', check, () => ['cpu']);
  assert.deepEqual(none, { device: 'cpu', why: 'onnxruntime-node supports no other device here' });
});

test('a named device is used without trying it first', async () => {
  const check = () => assert.fail('nothing was to be tried');
  assert.equal((await chooseDevice('cuda', check)).device, 'cuda');
  await checkNamedDevice('cpu', check);
});

test('a named device that does not work is an error with the reason and a way to fix it', async () => {
  const problem = async (device: Device, finding: DeviceFinding) => {
    const error = await checkNamedDevice(device, async () => finding).catch((error: unknown) => error);
    assert.ok(error instanceof EtudeError);
    return messageOf(error);
  };
  assert.match(
    await problem('webgpu', noAdapter),
    /^device webgpu cannot be used here\n {2}got {6}No supported adapters\n {2}It needs a GPU with .*Vulkan.* Or use --device cpu\.$/,
  );
  assert.match(
    await problem('cuda', { type: 'closed', reason: 'its library libcublas.so.12 is missing' }),
    /NVIDIA.*`npm install onnxruntime-node@1\.30\.0 --onnxruntime-node-install=cuda12` fetches\. Or use --device cpu\.$/,
  );
  assert.match(await problem('dml', { type: 'absent', reason: 'no dml' }), /supports it on Windows\./);
  assert.match(
    await problem('coreml', { type: 'wrong', reason: 'MatMul of small numbers is off' }),
    /^device coreml computes wrong results here\n {2}got {6}MatMul of small numbers is off\n/,
  );
  await checkNamedDevice('cuda', async () => works(1));
});

test('every device is reported, with how to get what is missing', async () => {
  const reports = await inspectDevices(machine({ cuda: works(1), webgpu: noAdapter }));
  assert.deepEqual(
    reports.map(({ name, available, howToGet }) => [name, available, howToGet !== undefined]),
    [
      ['cpu', true, false],
      ['webgpu', false, true],
      ['cuda', true, false],
      ['coreml', false, true],
      ['dml', false, true],
    ],
  );
});
