import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { frameCount, type ModelConfig } from '../model/config.js';
import { frozenBelow, isBelow } from '../model/entry-point.js';
import { countSteps } from './argument-checks.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';
import { samplingOrder } from './sampling-order.js';

/** The most rows that a message names. */
const SHOWN = 5;

/**
 * The problem of a configuration in which SpecAugment masks more consecutive dimensions than there are;
 * undefined if it is sound.
 */
export function maskLengthProblem(
  config: ModelConfig,
): { message: string; expected: string; got: string } | undefined {
  const { apply_spec_augment, mask_feature_prob, mask_feature_length, hidden_size } = config;
  if (!apply_spec_augment || mask_feature_prob === 0 || mask_feature_length <= hidden_size) return undefined;
  return {
    message: 'mask_feature_length is larger than the hidden size',
    expected: `at most ${hidden_size}`,
    got: `${mask_feature_length}`,
  };
}

/**
 * Checks that each batch of a training has room for a span of SpecAugment. A clip of fewer frames than
 * `mask_time_length` is padded to the longest one of its batch; transformers raises at a batch of nothing but
 * such clips when it reaches it. Since the order is known, it is reported beforehand.
 *
 * @throws EtudeError naming the first such batch and its rows.
 */
export function checkShortBatches(examples: Examples, args: TrainingArguments, config: ModelConfig): void {
  if (!config.apply_spec_augment || config.mask_time_prob === 0 || isBelow(frozenBelow(args), -1)) return;
  const span = config.mask_time_length;
  const frames = examples.lengths.map((length) => frameCount(config, length));
  if (frames.every((count) => count >= span)) return;
  const { batches, updates, maxSteps, epochs } = countSteps(examples.size, args);
  const size = args.per_device_train_batch_size;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const order = samplingOrder(examples, epoch, args);
    const left = (maxSteps - epoch * updates) * args.gradient_accumulation_steps;
    for (let batch = 0; batch < Math.min(batches, left); batch += 1) {
      const rows = order.subarray(batch * size, (batch + 1) * size);
      if (rows.some((row) => frames[row]! >= span)) continue;
      throw new EtudeError('no clip in a batch is long enough for SpecAugment', {
        expected: `a clip of at least ${count(span, 'frame')} (mask_time_length) in each batch`,
        got: `batch ${batch + 1} of epoch ${epoch + 1}: ${describe(rows, frames, examples.split)}`,
        hint:
          `transformers raises an error for such a batch. Set config: { mask_time_length: … } to a smaller number, ` +
          `config: { apply_spec_augment: false }, or use larger batches.`,
      });
    }
  }
}

function describe(rows: Uint32Array, frames: readonly number[], split: string): string {
  const shown = Array.from(rows.subarray(0, SHOWN), (row) => `row ${row} (${count(frames[row]!, 'frame')})`);
  const rest = rows.length > SHOWN ? ` and ${rows.length - SHOWN} more` : '';
  return `${shown.join(', ')}${rest} of split '${split}'`;
}
