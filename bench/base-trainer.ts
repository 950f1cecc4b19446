import type { Batch } from '../src/learning/training/collate.js';
import { type Build, loadBuild } from './build.js';
import { noise, randomBase } from './wav2vec2-base.js';

export interface BaseTrainerOptions {
  threads: number;
  freeze?: boolean;
  /** Default: as `train` has it. */
  spin?: boolean | 'auto';
  /** Of the source to measure. Default: this checkout. */
  build?: Build;
}

/**
 * A complete training step of a random wav2vec2-base, with all randomness enabled: computes an update from a
 * batch, and returns its milliseconds.
 */
export async function baseTrainer(options: BaseTrainerOptions): Promise<(batch: Batch) => number> {
  const build = options.build ?? (await loadBuild());
  await build.openEngine('onnxruntime', { threads: options.threads, spin: options.spin ?? 'auto' });
  const model = randomBase(build);
  const trainable = build.trainableNames(model.weights, model.config, {
    at: options.freeze ? 'features' : 'samples',
  });
  const betas = { adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8 };
  const optimizer = new build.AdamW(model.weights, { ...betas, weight_decay: 0 }, trainable);
  const draws = new build.RandomDraws(build.Random.stream(42, 'training'));
  const graph = new build.StepGraph(model, trainable, draws);
  return (batch) => {
    const start = performance.now();
    build.update(model, [batch], graph, optimizer, draws, {
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
