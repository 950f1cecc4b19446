import type * as Ort from 'onnxruntime-common';
import { DEVICES, type Device } from './device-names.js';
import { loadNative, type Native } from './native-binding.js';

/**
 * The same onnxruntime-node with its sessions opened on a device. Nodes that the device's provider has no
 * kernel for run on the CPU, in the same graph.
 *
 * @param exclusive Refuse a graph if any of its nodes would run on the CPU.
 */
export function onDevice(native: Native, device: Device, exclusive = false): Native {
  if (device === 'cpu') return native;
  return {
    ...native,
    open: (model, options) =>
      native.open(model, {
        // ONNX Runtime warns about every node that ends up on the CPU.
        logSeverityLevel: 3,
        ...options,
        executionProviders: [provider(device), 'cpu'],
        // DirectML requires that, and WebGPU does not need it.
        enableMemPattern: false,
        extra: exclusive
          ? { ...options.extra, session: { disable_cpu_ep_fallback: '1' } }
          : (options.extra ?? {}),
      }),
  };
}

function provider(device: Exclude<Device, 'cpu'>): Ort.InferenceSession.ExecutionProviderConfig {
  // With channels last, its default, the WebGPU provider of 1.30.0 computes wrong grouped convolutions if the
  // output channels of a group are not a multiple of 4.
  return device === 'webgpu' ? { name: 'webgpu', preferredLayout: 'NCHW' } : device;
}

/**
 * The devices that the installed binary of onnxruntime-node knows, whether or not this machine has them. For
 * `cuda` it only has the name: the provider is a separate library.
 */
export function builtInDevices(): Device[] {
  const { providers } = loadNative();
  return DEVICES.filter((device) => providers.includes(device));
}
