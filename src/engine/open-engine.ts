import { EtudeError } from '../util/errors.js';
import { automatic } from './auto-engine.js';
import { engineFor } from './device-choice.js';
import type { Engine } from './engine.js';
import { openCpu, openOnnxRuntime, openTensorFlow } from './engine-openers.js';
import type { EngineChoice, EngineName, EngineOptions, EngineReport } from './engine-type.js';
import { probeTensorFlow } from './tensorflow/probe.js';
import * as tf from './tf.js';

const openers: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  onnxruntime: openOnnxRuntime,
  tensorflow: openTensorFlow,
  cpu: openCpu,
};

/**
 * Opens a tensor engine and makes it the one that TensorFlow.js operations run on.
 *
 * For `auto`, `automatic` decides and gives the reason, `why`. A named engine or device that is missing or
 * broken is an EtudeError that says how to get it.
 */
export async function openEngine(
  choice: EngineChoice = 'auto',
  options: EngineOptions = {},
): Promise<Engine> {
  const asked = engineFor(choice, options.device);
  const { name, why } = asked === 'auto' ? await automatic() : { name: asked, why: undefined };
  const engine = await openers[name](options);
  await tf.setBackend(engine.name);
  return why === undefined ? engine : { ...engine, why: `auto: ${why}` };
}

/**
 * The state of each engine on this machine: available or not, its version, why, and how to get it. Leaves the
 * active one alone.
 */
export async function inspectEngines(options: EngineOptions = {}): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of ['onnxruntime', 'tensorflow', 'cpu'] as const) {
    const active = tf.engine().backendName;
    if (active === name) {
      reports.push({ name, available: true, why: 'in use' });
      continue;
    }
    try {
      const { version, device } = await inspectEngine(name, options);
      reports.push({ name, available: true, version, device, why: 'loads and computes' });
    } catch (error) {
      const hint = error instanceof EtudeError ? error.hint : undefined;
      const why = error instanceof Error ? error.message : String(error);
      reports.push({ name, available: false, why, ...(hint ? { howToGet: hint } : {}) });
    }
  }
  return reports;
}

async function inspectEngine(
  name: EngineName,
  options: EngineOptions,
): Promise<{ version: string; device: string }> {
  if (name === 'tensorflow') return probeTensorFlow();
  const engine = await openers[name](options);
  await engine.dispose();
  return engine;
}
