import * as tf from '../../engine/tf.js';
import { frozenBelow } from '../model/entry.js';
import { type BatchSource, canKeepFeatures, featureBatches, sampleBatches } from './batches.js';
import type { Examples } from './examples.js';
import { upload } from './forward.js';
import type { TrainOptions } from './train-options.js';

/**
 * Batches of a split for a training: of samples, or, with a frozen feature encoder and where that changes no
 * number, of its output, computed once per clip.
 */
export async function openBatches(examples: Examples, options: TrainOptions): Promise<BatchSource> {
  const { model, args, signal, progress, log } = options;
  if (frozenBelow(args).at === 'samples') return sampleBatches(examples, model.config);
  if (!canKeepFeatures(examples, model.config)) {
    log(
      'info',
      `split '${examples.split}': convolution features are recomputed every epoch, because they depend on the padded length of a batch`,
    );
    return sampleBatches(examples, model.config);
  }
  const weights = upload(model.weights);
  const phase = `convolution features (${examples.split})`;
  try {
    return await featureBatches(examples, weights, model.config, signal, (done) => {
      progress({ done, total: examples.size, unit: 'clips', phase });
    });
  } finally {
    tf.dispose(weights);
  }
}
