import { EtudeError, messageOf } from '../errors.js';
import type { Engine, EngineChoice, EngineName, EngineOptions, EngineReport } from './engine-type.js';
import { openCpu, openOnnxRuntime, openTensorFlow } from './engines.js';
import * as tf from './tf.js';

const openers: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  onnxruntime: openOnnxRuntime,
  tensorflow: openTensorFlow,
  cpu: openCpu,
};

/**
 * Opens a tensor engine and makes it the one that TensorFlow.js operations run on.
 *
 * `auto` takes `tensorflow` only when it loads and sees a GPU, else `onnxruntime`, else `cpu`; `why` says so. A named
 * engine that is missing or broken is an EtudeError that says how to get it.
 */
export async function openEngine(name: EngineChoice = 'auto', options: EngineOptions = {}): Promise<Engine> {
  if (name === 'auto') return openBest(options);
  const open = openers[name];
  if (!open) {
    throw new EtudeError(`unknown engine '${name}'`, { expected: 'auto, onnxruntime, tensorflow or cpu' });
  }
  const engine = await open(options);
  await tf.setBackend(engine.name);
  return engine;
}

async function openBest(options: EngineOptions): Promise<Engine> {
  const reasons: string[] = [];
  for (const name of ['tensorflow', 'onnxruntime', 'cpu'] as const) {
    try {
      const engine = await openers[name](options);
      if (name === 'tensorflow' && engine.device !== 'GPU') {
        reasons.push('tensorflow sees no GPU');
        continue;
      }
      await tf.setBackend(name);
      return { ...engine, why: ['auto', ...reasons].join('; ') };
    } catch (error) {
      reasons.push(error instanceof EtudeError ? error.message : `${name}: ${messageOf(error)}`);
    }
  }
  throw new EtudeError('no tensor engine works', { got: reasons.join('; ') });
}

/** What each engine is here: available or not, in what version, why, and how to get it. Leaves the active one alone. */
export async function inspectEngines(options: EngineOptions = {}): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of ['onnxruntime', 'tensorflow', 'cpu'] as const) {
    const active = tf.engine().backendName;
    if (active === name) {
      reports.push({ name, available: true, why: 'in use' });
      continue;
    }
    try {
      const { version, device } = await openers[name](options);
      reports.push({ name, available: true, version, device, why: 'loads and computes' });
    } catch (error) {
      const hint = error instanceof EtudeError ? error.hint : undefined;
      const why = error instanceof Error ? error.message : String(error);
      reports.push({ name, available: false, why, ...(hint ? { howToGet: hint } : {}) });
    }
    // Loading tfjs-node makes it the active back end.
    if (active && tf.engine().backendName !== active) await tf.setBackend(active);
  }
  return reports;
}
