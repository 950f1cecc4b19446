import * as tf from '../core.js';
import { loadCpuBackend } from '../cpu-backend.js';
import { type BackendOptions, OnnxRuntimeBackend } from './backend.js';
import { onDevice } from './device.js';
import { requireDevice } from './device-check.js';
import type { Device } from './device-names.js';
import './kernels/index.js';
import { BACKEND_NAME, registerKernels } from './kernel-registry.js';
import { Models } from './models.js';
import { loadNative } from './native-binding.js';

export { type BackendOptions, type BackendStatistics, OnnxRuntimeBackend } from './backend.js';
export { builtInDevices } from './device.js';
export { checkDevice, type DeviceFinding, DeviceUnavailable } from './device-check.js';
export { DEVICES, type Device } from './device-names.js';
export { BACKEND_NAME, nativeKernels } from './kernel-registry.js';
export { OnnxRuntimeUnavailable } from './native-binding.js';

export interface OnnxRuntimeOptions extends BackendOptions {
  /** Where graphs run; what the device has no kernel for runs on the CPU. Default `cpu`. */
  device?: Device;
}

/**
 * Registers the back end with TensorFlow.js under the name `onnxruntime` and checks that it computes.
 * Afterwards `await tf.setBackend('onnxruntime')` chooses it. A previously registered one is replaced.
 *
 * Throws {@link OnnxRuntimeUnavailable} if onnxruntime-node does not load, {@link DeviceUnavailable} if the
 * device cannot be opened or computes wrong numbers; any device other than the CPU is first tried in a
 * separate process.
 */
export async function registerOnnxRuntime(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntimeBackend> {
  const { device = 'cpu' } = options;
  await requireDevice(device);
  const native = onDevice(loadNative(), device);
  // For what has no kernel here.
  loadCpuBackend();
  if (tf.findBackendFactory(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
  registerKernels();
  // A device's memory is for the graphs in use.
  const keepSessions = device === 'cpu' ? options.keepSessions : false;
  const models = device === 'cpu' ? new Models(native, options) : undefined;
  const backend = new OnnxRuntimeBackend(native, { ...options, keepSessions, models });
  backend.graph.fusesTransposes = device !== 'webgpu';
  backend.graph.hasBranches = device === 'cpu';
  selfTest(backend);
  tf.registerBackend(BACKEND_NAME, () => backend, 2);
  return backend;
}

/**
 * Runs one small graph through the native code, so that a broken installation shows here and not during
 * training.
 */
function selfTest(backend: OnnxRuntimeBackend): void {
  const g = backend.graph;
  const x = g.input(Float32Array.of(1, 2, 3), [3], 'float32');
  const { dataId } = backend.toTensor(g.binary('Mul', x, g.float(2)));
  const result = backend.readSync(dataId) as Float32Array;
  backend.disposeData(dataId);
  if (result.join() !== '2,4,6')
    throw new Error(`onnxruntime-node computed 2 · [1,2,3] = [${result.join()}]`);
}
