import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { builtInDevices, onDevice } from '../../src/engine/onnxruntime/device.js';
import { checkDevice, clear } from '../../src/engine/onnxruntime/device-check.js';
import { DEVICES } from '../../src/engine/onnxruntime/device-names.js';
import { DeviceUnavailable, registerOnnxRuntime } from '../../src/engine/onnxruntime/index.js';
import { loadNative, type Native } from '../../src/engine/onnxruntime/native-binding.js';
import { testedOperators, testOperator } from '../../src/engine/onnxruntime/self-test.js';
import { scriptFile } from '../support/script.js';

const entry = scriptFile('./children/dying-device.ts', import.meta.url);
const absent = DEVICES.filter((device) => !builtInDevices().includes(device));

afterEach(() => {
  delete process.env.DYING_DEVICE;
});

/** onnxruntime-node with all float results passed through a function. */
function distorted(change: (value: number) => number): Native {
  const native = loadNative();
  return {
    ...native,
    open(model, options) {
      const session = native.open(model, options);
      return {
        dispose: () => session.dispose(),
        run(feeds, fetches) {
          const results = session.run(feeds, fetches);
          for (const tensor of Object.values(results)) {
            const data = tensor.data as Float32Array;
            data.forEach((value, i) => {
              data[i] = change(value);
            });
          }
          return results;
        },
      };
    },
  };
}

test('the CPU passes every device test', () => {
  assert.deepEqual(
    testedOperators.map((name) => testOperator(loadNative(), name)),
    testedOperators.map(() => undefined),
  );
});

test('results that are off by a hundredth, or NaN, do not pass', () => {
  for (const change of [(value: number) => value * 1.01, () => Number.NaN]) {
    const wrong = testedOperators.map((name) => testOperator(distorted(change), name));
    assert.ok(wrong.every((problem) => problem !== undefined));
  }
  assert.match(
    testOperator(
      distorted(() => 0),
      'Conv',
    )!,
    /^Conv is off by up to [\d.]+ where results go up to [\d.]+$/,
  );
});

test('a device that loses small numbers, as half precision does, does not pass', () => {
  const half = distorted((value) => (Math.abs(value) < 2 ** -25 ? 0 : value));
  const failed = testedOperators.filter((name) => testOperator(half, name) !== undefined);
  assert.deepEqual(failed, ['MatMul of small numbers']);
});

test('a device that this build of onnxruntime-node lacks is absent', {
  skip: absent.length === 0,
}, async () => {
  const finding = await checkDevice(absent[0]!);
  assert.equal(finding.type, 'absent');
  assert.match(
    finding.type === 'absent' ? finding.reason : '',
    /onnxruntime-node does not support \w+ on \w+\/\w+/,
  );
  await assert.rejects(registerOnnxRuntime({ device: absent[0]! }), DeviceUnavailable);
});

test('a device that ends the process that opens it is detected without harm', async () => {
  process.env.DYING_DEVICE = 'abort';
  const finding = await checkDevice('cpu', { entry });
  assert.equal(finding.type, 'died');
  assert.match(finding.type === 'died' ? finding.reason : '', /^opening it kills the process \(.+\)/);
});

test('a device that hangs is abandoned', async () => {
  process.env.DYING_DEVICE = 'hang';
  assert.deepEqual(await checkDevice('cpu', { entry, timeout: 200 }), {
    type: 'died',
    reason: 'it did not answer within 0.2 seconds',
  });
});

test('output printed along with an error names the cause', async () => {
  assert.deepEqual(await checkDevice('cpu', { entry }), {
    type: 'closed',
    reason: 'its library libcublas.so.12 is missing',
  });
  const place = '/onnxruntime_src/webgpu_context.cc:136 void Initialize() status == Success was false. ';
  const error = `${place}Failed to get a WebGPU adapter: No supported adapters\n`;
  assert.equal(clear(error, ''), 'Failed to get a WebGPU adapter: No supported adapters');
  assert.equal(
    clear(error, 'Warning: vkCreateInstance: Found no drivers!\n'),
    'Failed to get a WebGPU adapter: No supported adapters (vkCreateInstance: Found no drivers!)',
  );
});

test('the real check of every device gives a finding, whatever this machine has', async () => {
  for (const device of builtInDevices()) {
    const finding = await checkDevice(device);
    if (device === 'cpu' || finding.type === 'works') assert.equal(finding.type, 'works');
    else assert.notEqual(finding.reason, '');
  }
});

test('sessions on a device ask for its provider, with the CPU for the rest', () => {
  let asked: Parameters<Native['open']>[1] = {};
  const native: Native = {
    ...loadNative(),
    open(_, options) {
      asked = options;
      return { run: () => ({}), dispose: () => undefined };
    },
  };
  onDevice(native, 'cuda').open(new Uint8Array(), { enableMemPattern: true, intraOpNumThreads: 3 });
  assert.deepEqual(asked.executionProviders, ['cuda', 'cpu']);
  assert.equal(asked.enableMemPattern, false);
  assert.equal(asked.intraOpNumThreads, 3);
  onDevice(native, 'webgpu').open(new Uint8Array(), {});
  assert.deepEqual(asked.executionProviders, [{ name: 'webgpu', preferredLayout: 'NCHW' }, 'cpu']);
  assert.equal(onDevice(native, 'cpu'), native);
});
