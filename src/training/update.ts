import * as tf from '../engine/tf.js';
import { EtudeError } from '../errors.js';
import type { Model } from '../model/checkpoint.js';
import type { Drawing } from '../model/drawing.js';
import { basePrefix } from '../model/parameters.js';
import type { Batch } from './collate.js';
import { lossAndGradients, targetsOf, upload } from './gradients.js';
import { type AdamW, clipScale, type Gradients, globalNorm } from './optimizer.js';

export interface UpdateOptions {
  trainable: readonly string[];
  learningRate: number;
  max_grad_norm: number;
  label_smoothing_factor: number;
}

/**
 * One update of the weights from the batches that it accumulates. The loss is the mean over all their clips, so that a smaller last batch
 * weighs less.
 *
 * @returns The loss, and the norm of the gradients before clipping.
 * @throws EtudeError when the loss is no number any more.
 */
export function update(
  model: Model,
  batches: readonly Batch[],
  optimizer: AdamW,
  drawing: Drawing,
  options: UpdateOptions,
): { loss: number; gradNorm: number } {
  const items = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  const tensors = upload(model.weights);
  const gradients: Gradients = {};
  let loss = 0;
  for (const batch of batches) {
    const targets = targetsOf(batch.labels, model.labels.length, options.label_smoothing_factor, items);
    const part = lossAndGradients(tensors, options.trainable, model.config, batch, targets, drawing);
    loss += part.loss;
    // PyTorch gives no gradient to a layer that layerdrop skips, and AdamW then leaves it alone.
    const dropped = drawing.droppedLayers.map(
      (layer) => `${basePrefix(model.config)}encoder.layers.${layer}.`,
    );
    accumulate(gradients, part.gradients, (name) => dropped.some((prefix) => name.startsWith(prefix)));
    drawing.nextStep();
  }
  tf.dispose(tensors);
  const gradNorm = globalNorm(gradients);
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    throw new EtudeError('the training has diverged: the loss is no number any more', {
      got: `loss ${loss}, gradient norm ${gradNorm}`,
      hint: 'Lower learning_rate, or use more warm-up.',
    });
  }
  optimizer.step(gradients, options.learningRate, clipScale(gradNorm, options.max_grad_norm));
  return { loss, gradNorm };
}

function accumulate(sums: Gradients, parts: Gradients, skip: (name: string) => boolean): void {
  for (const [name, part] of Object.entries(parts)) {
    if (skip(name)) continue;
    const sum = sums[name];
    if (sum === undefined) sums[name] = part;
    else for (let index = 0; index < sum.length; index += 1) sum[index]! += part[index]!;
  }
}
