import { openEngine } from '../src/engine/open-engine.js';
import { RandomDraws } from '../src/learning/model/random-draws.js';
import type { Batch } from '../src/learning/training/collate.js';
import { AdamW } from '../src/learning/training/optimizer.js';
import { update } from '../src/learning/training/optimizer-step.js';
import { StepGraph } from '../src/learning/training/step-graph.js';
import { trainableNames } from '../src/learning/training/trainable-names.js';
import { Random } from '../src/random/random.js';
import { noise, randomBase } from './wav2vec2-base.js';

export interface BaseTrainerOptions {
  threads: number;
  freeze?: boolean;
  spin?: boolean;
}

/**
 * A complete training step of a random wav2vec2-base, with all randomness enabled: computes an update from a
 * batch, and returns its milliseconds.
 */
export async function baseTrainer(options: BaseTrainerOptions): Promise<(batch: Batch) => number> {
  await openEngine('onnxruntime', { threads: options.threads, spin: options.spin ?? false });
  const model = randomBase();
  const trainable = trainableNames(model.weights, model.config, {
    at: options.freeze ? 'features' : 'samples',
  });
  const betas = { adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8 };
  const optimizer = new AdamW(model.weights, { ...betas, weight_decay: 0 }, trainable);
  const draws = new RandomDraws(Random.stream(42, 'training'));
  const graph = new StepGraph(model, trainable, draws);
  return (batch) => {
    const start = performance.now();
    update(model, [batch], graph, optimizer, draws, {
      trainable,
      learningRate: 3e-5,
      max_grad_norm: 1,
    });
    return performance.now() - start;
  };
}

/** Clips of noise with labels. */
export function noiseBatch(clips: number, samples: number): Batch {
  return {
    inputs: { data: noise(clips, samples), shape: [clips, samples] },
    labels: Array.from({ length: clips }, (_, clip) => clip % 14),
  };
}
