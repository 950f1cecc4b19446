import { availableParallelism } from 'node:os';
import { EtudeError, messageOf } from '../util/errors.js';
import { loadCpuBackend } from './cpu-backend.js';
import type { Engine } from './engine.js';
import type { EngineName, EngineOptions } from './engine-type.js';
import * as tf from './tf.js';

/** Opens our own back end over onnxruntime-node. */
export async function openOnnxRuntime(options: EngineOptions): Promise<Engine> {
  const { threads = availableParallelism(), spin } = options;
  const { DeviceUnavailable, registerOnnxRuntime } = await import('./onnxruntime/index.js');
  const { chooseDevice, deviceError } = await import('./devices.js');
  try {
    const { device } = await chooseDevice(options.device ?? 'cpu');
    const backend = await registerOnnxRuntime({ threads, spin, device });
    const where = `${device === 'cpu' ? '' : `${device}, otherwise `}CPU, ${threads} threads`;
    return engine('onnxruntime', `onnxruntime-node ${backend.native.version}`, where);
  } catch (error) {
    if (error instanceof DeviceUnavailable) throw deviceError(error.device, error.finding, error);
    throw new EtudeError('the onnxruntime engine does not work here', {
      got: messageOf(error),
      hint: 'Install Etude again (in a clone: npm ci). onnxruntime-node has prebuilt binaries for Linux, macOS and Windows on x64 and arm64',
      cause: error,
    });
  }
}

/** Opens the reference engine, plain JavaScript on one thread. */
export async function openCpu(): Promise<Engine> {
  return engine('cpu', `@tensorflow/tfjs-backend-cpu ${loadCpuBackend()}`, 'CPU, 1 thread');
}

/**
 * Opens TensorFlow through `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`, wherever one is installed.
 */
export async function openTensorFlow({ threads }: EngineOptions): Promise<Engine> {
  const { loadTensorFlow } = await import('./tensorflow/load.js');
  const { version, device } = loadTensorFlow(threads);
  return engine('tensorflow', version, device);
}

function engine(name: EngineName, version: string, device: string): Engine {
  return {
    name,
    version,
    device,
    why: 'asked for',
    tf,
    async dispose() {
      // The other back ends have nothing worth freeing, and cannot be registered a second time.
      if (name === 'onnxruntime' && tf.findBackendFactory(name)) tf.removeBackend(name);
    },
  };
}
