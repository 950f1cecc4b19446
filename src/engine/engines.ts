import { availableParallelism } from 'node:os';
import { EtudeError, messageOf } from '../errors.js';
import type { Engine, EngineName, EngineOptions } from './engine-type.js';
import * as tf from './tf.js';

/** Opens our own back end over onnxruntime-node. */
export async function openOnnxRuntime(options: EngineOptions): Promise<Engine> {
  const { threads = availableParallelism(), spin } = options;
  const { registerOnnxRuntime } = await import('./onnxruntime/index.js');
  try {
    const backend = await registerOnnxRuntime({ threads, spin });
    return engine('onnxruntime', `onnxruntime-node ${backend.native.version}`, `CPU, ${threads} threads`);
  } catch (error) {
    throw new EtudeError('the onnxruntime engine does not work here', {
      got: messageOf(error),
      hint: 'reinstall with npm ci; onnxruntime-node has binaries for Linux, macOS and Windows on x64 and arm64',
      cause: error,
    });
  }
}

/** Opens the reference engine, plain JavaScript on one thread. */
export async function openCpu(): Promise<Engine> {
  const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
  // It greets its first user with advice to install another back end.
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  return engine('cpu', `@tensorflow/tfjs-backend-cpu ${version_cpu}`, 'CPU, 1 thread');
}

/** Packages that bring TensorFlow, the first that is installed is taken. */
const tensorFlowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Opens TensorFlow through the optional `@tensorflow/tfjs-node-gpu`, or `@tensorflow/tfjs-node`. */
export async function openTensorFlow(): Promise<Engine> {
  const problems: string[] = [];
  for (const name of tensorFlowPackages) {
    try {
      const module = await import(name);
      const versions = (module.version ?? module.default?.version) as Record<string, string> | undefined;
      const backend = tf.findBackend('tensorflow') as unknown as { isUsingGpuDevice?: boolean } | null;
      if (!backend) throw new Error('it registered no back end');
      const version = versions?.['tfjs-node'] ?? versions?.['tfjs-core'] ?? tf.version_core;
      return engine('tensorflow', `${name} ${version}`, backend.isUsingGpuDevice ? 'GPU' : 'CPU');
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
      problems.push(
        missing ? `${name} is not installed` : `${name} does not load: ${firstLine(messageOf(error))}`,
      );
    }
  }
  throw new EtudeError(problems.find((problem) => !problem.endsWith('not installed')) ?? problems[0]!, {
    hint:
      'npm install @tensorflow/tfjs-node-gpu@4.22.0 (needs an NVIDIA GPU with CUDA 11 and cuDNN 8), ' +
      'or @tensorflow/tfjs-node@4.22.0 for the CPU; or use engine onnxruntime',
  });
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}

function engine(name: EngineName, version: string, device: string): Engine {
  return {
    name,
    version,
    device,
    why: 'asked for',
    tf,
    async dispose() {
      // The other back ends hold nothing worth freeing, and cannot be registered a second time.
      if (name === 'onnxruntime' && tf.findBackendFactory(name)) tf.removeBackend(name);
    },
  };
}
