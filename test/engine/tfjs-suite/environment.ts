import * as tf from '@tensorflow/tfjs-core';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { registerOnnxRuntime } from '../../../src/engine/onnxruntime/index.js';

/** The back end under test: `cpu` or `onnxruntime`. Written into the bundle. */
declare const ENGINE: string;

setTestEnvs([{ name: ENGINE, backendName: ENGINE, isDataSync: true }]);

/** Makes the back end known to the suite's tfjs-core. Must be called before the specs run. */
export async function register(): Promise<void> {
  if (ENGINE === 'onnxruntime') await registerOnnxRuntime();
  else {
    await import('@tensorflow/tfjs-backend-cpu');
    (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  }
}
