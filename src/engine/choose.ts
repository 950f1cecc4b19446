import { EtudeError, messageOf } from '../util/errors.js';
import { engineFor } from './device-choice.js';
import type { Engine, EngineChoice, EngineName, EngineOptions, EngineReport } from './engine-type.js';
import { openCpu, openOnnxRuntime, openTensorFlow } from './engines.js';
import { probeTensorFlow, tensorFlowOnGpu } from './tensorflow/probe.js';
import * as tf from './tf.js';

const openers: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  onnxruntime: openOnnxRuntime,
  tensorflow: openTensorFlow,
  cpu: openCpu,
};

/**
 * Opens a tensor engine and makes it the one that TensorFlow.js operations run on.
 *
 * `auto` takes `tensorflow` only when it loads and sees a GPU, else `onnxruntime`, else `cpu`; `why` says so.
 * A named engine or device that is missing or broken is an EtudeError that says how to get it.
 */
export async function openEngine(
  choice: EngineChoice = 'auto',
  options: EngineOptions = {},
): Promise<Engine> {
  const name = engineFor(choice, options.device);
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
      const found = name === 'tensorflow' ? await tensorFlowOnGpu() : undefined;
      if (found !== undefined && 'why' in found) {
        reasons.push(found.why);
        continue;
      }
      const engine = await openers[name](options);
      await tf.setBackend(name);
      return { ...engine, why: ['auto', ...reasons].join('; ') };
    } catch (error) {
      reasons.push(error instanceof EtudeError ? error.message : `${name}: ${messageOf(error)}`);
    }
  }
  throw new EtudeError('no tensor engine works', { got: reasons.join('; ') });
}

/**
 * What each engine is here: available or not, in what version, why, and how to get it. Leaves the active one
 * alone.
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
      const { version, device } =
        name === 'tensorflow' ? await probeTensorFlow() : await openers[name](options);
      reports.push({ name, available: true, version, device, why: 'loads and computes' });
    } catch (error) {
      const hint = error instanceof EtudeError ? error.hint : undefined;
      const why = error instanceof Error ? error.message : String(error);
      reports.push({ name, available: false, why, ...(hint ? { howToGet: hint } : {}) });
    }
  }
  return reports;
}

/** What `auto` takes where the engines are as reported, and why. */
export function automatic(reports: readonly EngineReport[]): { name: EngineName; why: string } {
  const report = (name: EngineName) => reports.find((report) => report.name === name);
  const tensorflow = report('tensorflow');
  if (tensorflow?.available && tensorflow.device === 'GPU')
    return { name: 'tensorflow', why: 'it computes on a GPU' };
  const against = tensorflow?.available ? 'tensorflow sees no GPU' : (tensorflow?.why ?? 'no tensorflow');
  const onnxruntime = report('onnxruntime');
  if (onnxruntime?.available) return { name: 'onnxruntime', why: against };
  return { name: 'cpu', why: `${against}; ${onnxruntime?.why ?? 'no onnxruntime'}` };
}
