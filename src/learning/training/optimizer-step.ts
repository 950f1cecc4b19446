import { EtudeError } from '../../util/errors.js';
import type { Model } from '../model/model.js';
import { layerPrefix } from '../model/parameter-names.js';
import type { RandomDraws } from '../model/random-draws.js';
import type { Batch } from './collate.js';
import { type AdamW, clipScale, type Gradients } from './optimizer.js';
import type { StepGraph } from './step-graph.js';

export interface UpdateOptions {
  trainable: readonly string[];
  learningRate: number;
  max_grad_norm: number;
  gradient_accumulation_loss?: 'mean' | 'sum';
}

/**
 * One update of the weights from the batches that it accumulates. The loss is the mean over all their clips
 * (weighted, if classes are), so that a smaller last batch weighs less; or, if requested, the sum of the
 * batches' means.
 *
 * @returns The loss, and the norm of the gradients before clipping.
 * @throws EtudeError if the loss or a gradient is no longer finite.
 */
export function update(
  model: Model,
  batches: readonly Batch[],
  graph: StepGraph,
  optimizer: AdamW,
  draws: RandomDraws,
  options: UpdateOptions,
): { loss: number; gradNorm: number } {
  const { objective } = graph;
  const items = batches.reduce((sum, { labels }) => sum + objective.weightOf(labels), 0);
  const { trainable } = options;
  const sums = optimizer.gradients;
  const parts = batches.length > 1 ? optimizer.parts : sums;
  const touched = new Set<string>();
  let loss = 0;
  batches.forEach((batch, index) => {
    const over = options.gradient_accumulation_loss === 'sum' ? objective.weightOf(batch.labels) : items;
    const targets = objective.targetsOf(batch.labels, over);
    const into = index === 0 ? sums : parts;
    loss += graph.compute(batch, targets, into);
    if (index > 0) add(sums, parts);
    // PyTorch gives no gradient to a layer that layerdrop skips (here it is 0), and AdamW then leaves it
    // alone.
    const dropped = draws.droppedLayers.map((layer) => layerPrefix(model.config, layer));
    for (const name of trainable) if (!dropped.some((prefix) => name.startsWith(prefix))) touched.add(name);
    draws.nextStep();
  });
  const names = trainable.filter((name) => touched.has(name));
  const gradNorm = optimizer.norm(names);
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    throw new EtudeError('the training has diverged', {
      expected: 'a finite loss, and finite gradients',
      got: `loss ${loss}, gradient norm ${gradNorm}`,
      hint: 'Lower learning_rate, or use more warm-up.',
    });
  }
  optimizer.step(options.learningRate, clipScale(gradNorm, options.max_grad_norm), names);
  return { loss, gradNorm };
}

function add(sums: Gradients, parts: Gradients): void {
  for (const [name, sum] of Object.entries(sums)) {
    const part = parts[name]!;
    for (let index = 0; index < sum.length; index += 1) sum[index]! += part[index]!;
  }
}
