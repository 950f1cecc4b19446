import { Random } from '../../random/random.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';

/** Groups of clips of similar length span at most this many updates. */
const MOST_UPDATES = 50;

/**
 * The order of the clips in an epoch (from 0), by `train_sampling_strategy`. The seed is `data_seed`,
 * otherwise `seed`; each epoch draws a new permutation, from its own stream.
 */
export function samplingOrder(examples: Examples, epoch: number, args: TrainingArguments): Uint32Array {
  const seed = args.data_seed ?? args.seed;
  if (args.train_sampling_strategy === 'sequential')
    return Uint32Array.from({ length: examples.size }, (_, row) => row);
  if (args.train_sampling_strategy === 'balanced')
    return balanced(examples.labels, Random.stream(seed, `balanced ${epoch}`));
  const shuffled = Random.stream(seed, `shuffle ${epoch}`).permutation(examples.size);
  if (args.train_sampling_strategy === 'random') return shuffled;
  const clips = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  return groupByLength(shuffled, examples.lengths, clips);
}

/** For each place of an order: how often its row came before. */
export function timesBefore(order: Uint32Array): Uint32Array {
  const counts = new Map<number, number>();
  return order.map((row) => {
    const before = counts.get(row) ?? 0;
    counts.set(row, before + 1);
    return before;
  });
}

/**
 * As many rows as there are, drawn with replacement, those of each class equally likely altogether: what
 * PyTorch's `WeightedRandomSampler` draws if each row's weight is 1 / rows of its class.
 *
 * @param labels Class number per row.
 */
function balanced(labels: readonly number[], random: Random): Uint32Array {
  const rows = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const own = rows.get(label);
    if (own === undefined) rows.set(label, [row]);
    else own.push(row);
  });
  const classes = [...rows.values()];
  return Uint32Array.from(labels, () => {
    const own = classes[random.integer(classes.length)]!;
    return own[random.integer(own.length)]!;
  });
}

/**
 * Puts clips of similar length next to each other, as transformers' `get_length_grouped_indices` does:
 * longest first within randomly composed groups, and the longest of all at the very start, so that running
 * out of memory is noticed at once.
 *
 * @param clips Clips per update.
 */
export function groupByLength(order: Uint32Array, lengths: readonly number[], clips: number): Uint32Array {
  const updates = Math.min(Math.floor(order.length / (clips * 4)), MOST_UPDATES) || 1;
  const groups: number[][] = [];
  for (let start = 0; start < order.length; start += updates * clips) {
    const group = Array.from(order.subarray(start, start + updates * clips));
    groups.push(group.sort((one, other) => lengths[other]! - lengths[one]!));
  }
  const longest = groups.reduce((most, group) => (lengths[group[0]!]! > lengths[most[0]!]! ? group : most));
  const first = groups[0]!;
  [first[0], longest[0]] = [longest[0]!, first[0]!];
  return Uint32Array.from(groups.flat());
}
