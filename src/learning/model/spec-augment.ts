import * as tf from '../../engine/tf.js';
import type { Random } from '../../random/random.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { frameCount, type ModelConfig } from './config.js';
import { familyOf } from './families/index.js';
import { type Weights, weight } from './layers.js';
import { basePrefix } from './parameter-names.js';
import type { RandomDraws } from './random-draws.js';

/**
 * Draws SpecAugment's spans as transformers' `_compute_mask_indices` does (Park et al., 2019).
 *
 * One epsilon per call rounds the number of spans randomly; a row's starts are drawn without replacement, and
 * spans may overlap. As in transformers, a row with no room for a span has its last position masked if other
 * rows have spans.
 *
 * @param lengths Valid positions per row.
 * @param mask Set to 1 where masked, otherwise to 0; row-major [rows, width].
 * @param width Positions per row of the mask: `length`, or more, which are not masked.
 * @throws EtudeError if a span is longer than the axis.
 */
export function maskSpans(
  lengths: ArrayLike<number>,
  length: number,
  options: { probability: number; span: number; minimum: number },
  random: Random,
  mask: Float32Array,
  width = length,
): void {
  const { probability, span, minimum } = options;
  if (span > length) {
    throw new EtudeError('the clips are too short for SpecAugment', {
      expected: `at least ${count(span, 'position')} (mask_time_length or mask_feature_length)`,
      got: `${length}`,
      hint: 'Use longer clips (max_length), or a checkpoint whose config.json has apply_spec_augment: false.',
    });
  }
  const epsilon = random.uniform();
  const spansOf = (valid: number): number => {
    let spans = Math.max(Math.floor((probability * valid) / span + epsilon), minimum);
    if (spans * span > length) spans = Math.floor(length / span);
    return Math.min(spans, Math.max(valid - (span - 1), 0));
  };
  mask.fill(0);
  if (spansOf(length) === 0) return;
  Array.from(lengths).forEach((valid, row) => {
    const spans = spansOf(valid);
    const starts = spans === 0 ? [length - 1] : random.choice(valid - (span - 1), spans);
    for (const start of starts)
      mask.fill(1, row * width + start, row * width + Math.min(start + span, length));
  });
}

/**
 * SpecAugment on projected features [clips, frames, hidden]: masked frames become the learned
 * `masked_spec_embed`, masked feature dimensions 0.
 *
 * @param frames Valid frames per clip.
 * @param samples As `ForwardOptions.length`.
 */
export function specAugment(
  x: tf.Tensor3D,
  weights: Weights,
  config: ModelConfig,
  frames: ArrayLike<number>,
  draws: RandomDraws,
  samples?: Float32Array,
): tf.Tensor3D {
  if (!config.apply_spec_augment) return x;
  const [clips, width, size] = x.shape;
  const length = () => (samples === undefined ? width : frameCount(config, samples[0]!));
  const valid = () => (familyOf(config).masksPadding ? Array<number>(clips).fill(length()) : frames);
  let hidden = x;
  if (config.mask_time_prob > 0) {
    const options = {
      probability: config.mask_time_prob,
      span: config.mask_time_length,
      minimum: config.mask_time_min_masks,
    };
    const spans = draws.array(clips * width, (array) =>
      maskSpans(valid(), length(), options, draws.random, array, width),
    );
    const mask = tf.tensor3d(spans, [clips, width, 1]);
    const embedding = weight(weights, `${basePrefix(config)}masked_spec_embed`);
    hidden = tf.add(tf.mul(hidden, tf.sub(1, mask)), tf.mul(mask, embedding));
  }
  if (config.mask_feature_prob > 0) {
    const options = {
      probability: config.mask_feature_prob,
      span: config.mask_feature_length,
      minimum: config.mask_feature_min_masks,
    };
    const whole = Array<number>(clips).fill(size);
    const mask = draws.array(clips * size, (array) => maskSpans(whole, size, options, draws.random, array));
    hidden = tf.mul(hidden, tf.sub(1, tf.tensor3d(mask, [clips, 1, size])));
  }
  return hidden;
}
