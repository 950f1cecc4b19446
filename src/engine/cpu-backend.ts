import { createRequire } from 'node:module';
import * as tf from './core.js';

const require = createRequire(import.meta.url);

/**
 * Registers the back end `cpu`, plain JavaScript on one thread, and returns its version. By `require`, for
 * the reason that `core.ts` gives.
 */
export function loadCpuBackend(): string {
  const { version_cpu } =
    require('@tensorflow/tfjs-backend-cpu') as typeof import('@tensorflow/tfjs-backend-cpu');
  // On first use, it prints advice to install another back end.
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  return version_cpu;
}
