import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../../util/errors.js';
import * as tf from '../core.js';
import { registerGradients } from '../gradients/define.js';
import { describeTensorFlow, noTensorFlow } from './describe.js';
import { findTensorFlow, type TensorFlowInstall } from './locate.js';

/** The parts of the back end's class that it does not get from TensorFlow.js. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** Packages of which TensorFlow must use our copy, because they are stateful. */
const shared = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];
const require = createRequire(import.meta.url);
let loaded: TensorFlowInstall | undefined;

/**
 * Loads TensorFlow into this process and registers its back end, as `tensorflow`.
 *
 * @param threads For one computation; only effective the first time.
 * @throws EtudeError if none is installed, or none loads.
 */
export function loadTensorFlow(threads?: number): { version: string; device: 'GPU' | 'CPU' } {
  if (loaded === undefined) {
    const { installs, problems } = findTensorFlow();
    const failures: string[] = [];
    loaded = installs.find((install) => {
      try {
        load(install, threads);
        return true;
      } catch (error) {
        const [reason] = messageOf(error).split('\n');
        failures.push(`${install.name} ${install.version} (${install.folder}) cannot be loaded: ${reason}`);
        return false;
      }
    });
    if (loaded === undefined) throw noTensorFlow([...failures, ...problems]);
  }
  const { binding, isUsingGpuDevice } = tf.findBackend('tensorflow') as unknown as NodeBackend;
  return {
    version: describeTensorFlow(loaded, binding.TF_Version),
    device: isUsingGpuDevice ? 'GPU' : 'CPU',
  };
}

function load(install: TensorFlowInstall, threads: number | undefined): void {
  const theirs = createRequire(join(install.folder, 'package.json'));
  const ofUnion = createRequire(theirs.resolve('@tensorflow/tfjs'));
  for (const name of shared) share(name, ofUnion);
  // Read by the native library when it starts. By default it reports its CPU and GPU at length.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  // Node.js 23 has removed them, 22 warns about them; the package still calls them.
  const isNullOrUndefined = (value: unknown) => value == null;
  Object.assign(require('node:util'), { isNullOrUndefined, isArray: Array.isArray });
  const module = quietly(() => theirs(install.folder)) as typeof tf;
  if (module.add !== tf.add) throw new Error('it comes with a different TensorFlow.js');
  if (!tf.findBackend('tensorflow')) throw new Error('it registered no back end');
  // It has replaced the gradients by its own; every engine must compute the same.
  registerGradients();
}

/**
 * Makes a package's `require` find the copy that Etude uses: with two copies, each would only have operations
 * on its own tensors.
 */
function share(name: string, theirs: NodeJS.Require): void {
  const place = theirs.resolve(name);
  const ours = require.resolve(name);
  if (place === ours) return;
  const version = (from: NodeJS.Require) => (from(`${name}/package.json`) as { version: string }).version;
  if (version(theirs) !== version(require)) {
    throw new Error(`it needs ${name} ${version(theirs)}, Etude uses ${version(require)}`);
  }
  require(name);
  require.cache[place] = require.cache[ours];
}

/** Suppresses the warnings and deprecation notices on loading the package. */
function quietly<T>(work: () => T): T {
  const { warn } = console;
  const { noDeprecation } = process;
  console.warn = () => {};
  process.noDeprecation = true;
  try {
    return work();
  } finally {
    console.warn = warn;
    process.noDeprecation = noDeprecation;
  }
}
