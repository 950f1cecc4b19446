import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plan } from '../src/engine/onnxruntime/graph-plan.js';

/** Modules of Etude's source that a training step needs, from one checkout of it. */
export interface Build {
  openEngine: typeof import('../src/engine/open-engine.js').openEngine;
  tf: typeof import('../src/engine/tf.js');
  parseConfig: typeof import('../src/learning/model/parse-config.js').parseConfig;
  initialise: typeof import('../src/learning/model/initialise.js').initialise;
  classifierParameters: typeof import('../src/learning/model/parameters.js').classifierParameters;
  RandomDraws: typeof import('../src/learning/model/random-draws.js').RandomDraws;
  AdamW: typeof import('../src/learning/training/optimizer.js').AdamW;
  update: typeof import('../src/learning/training/optimizer-step.js').update;
  StepGraph: typeof import('../src/learning/training/step-graph.js').StepGraph;
  trainableNames: typeof import('../src/learning/training/trainable-names.js').trainableNames;
  Random: typeof import('../src/random/random.js').Random;
  Graph: typeof import('../src/engine/onnxruntime/graph.js').Graph;
  unitsOf: typeof import('../src/engine/onnxruntime/gates.js').unitsOf;
  makePlan: typeof import('../src/engine/onnxruntime/graph-plan.js').makePlan;
  SessionCache: typeof import('../src/engine/onnxruntime/sessions.js').SessionCache;
  loadNative: typeof import('../src/engine/onnxruntime/native-binding.js').loadNative;
}

/** Without their folder, `src`, and their ending. */
const MODULES = [
  'engine/open-engine',
  'learning/model/parse-config',
  'learning/model/initialise',
  'learning/model/parameters',
  'learning/model/random-draws',
  'learning/training/optimizer',
  'learning/training/optimizer-step',
  'learning/training/step-graph',
  'learning/training/trainable-names',
  'random/random',
  'engine/onnxruntime/graph',
  'engine/onnxruntime/graph-plan',
  'engine/onnxruntime/sessions',
  'engine/onnxruntime/native-binding',
];

/**
 * Loads the source of a checkout of Etude, compiled on the fly.
 *
 * @param folder Of the checkout, with its node_modules and vendor folders. Default: this one.
 */
export async function loadBuild(folder?: string): Promise<Build> {
  const root = folder === undefined ? new URL('..', import.meta.url) : pathToFileURL(`${resolve(folder)}/`);
  const load = async (name: string) => import(new URL(`src/${name}.ts`, root).href);
  const tf = await load('engine/tf');
  // Older ones have no gates.
  const gates = await load('engine/onnxruntime/gates').catch(() => ({
    unitsOf: ({ nodes }: Plan) => [...nodes],
  }));
  return Object.assign({}, ...(await Promise.all(MODULES.map(load))), gates, { tf }) as Build;
}
