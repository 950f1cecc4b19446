import type { Examples } from '../../learning/training/examples.js';
import { samplingOrder } from '../../learning/training/sampling-order.js';
import { formatPercent } from '../../terminal/format.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/** More padding than this costs more time than the clips, and models without a mask hear it as silence. */
const MOST_PADDING = 0.5;

/** Computes how much of what a training computes on is padding, from how long the clips are. */
export function checkPadding({ heard, params }: Pick<TrainingFacts, 'heard' | 'params'>): Finding {
  if ('missing' in heard) return unchecked('padding', heard.missing, heard.advice);
  const { limit, fixed, stage, unit } = heard;
  const lengths = heard.seconds.map((each) => Math.min(each, limit));
  const clips = lengths.reduce((sum, each) => sum + each, 0);
  const computed = fixed === undefined ? inBatches(lengths, params) : fixed * lengths.length;
  const share = Math.max(0, 1 - clips / computed);
  const found = `${formatPercent(share)} of what the model is trained on is padding`;
  if (share <= MOST_PADDING) return fine('padding', found);
  if (fixed === undefined)
    return problem('padding', found, 'Set train_sampling_strategy to group_by_length.');
  return problem(
    'padding',
    `${found}: every clip is padded to ${fixed.toFixed(1)} s`,
    unit?.padsBatches
      ? `Remove padding from '${stage}' (the training pads each batch to its longest clip), or lower its max_length.`
      : unit === undefined
        ? 'The feature extractor has a fixed length: for short clips, use a model that takes clips of any length, such as Wav2Vec2.'
        : `Lower max_length of '${stage}'.`,
  );
}

/** Seconds of the first epoch's batches, with padding. */
function inBatches(lengths: readonly number[], params: TrainingFacts['params']): number {
  // Drawing by class makes batches of random lengths, too.
  const { train_sampling_strategy: given } = params;
  const train_sampling_strategy = given === 'balanced' ? 'random' : given;
  const examples = { size: lengths.length, lengths } as Examples;
  const order = samplingOrder(examples, 0, { ...params, train_sampling_strategy });
  const size = params.per_device_train_batch_size;
  let sum = 0;
  for (let at = 0; at < order.length; at += size) {
    const batch = order.subarray(at, at + size);
    sum += batch.length * batch.reduce((most, row) => Math.max(most, lengths[row]!), 0);
  }
  return sum;
}
