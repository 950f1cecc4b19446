import { Random } from '../../random/random.js';

/** How often the clips are drawn again. */
export const RESAMPLES = 1000;

/** A share of clips is drawn about this often at most, so that a large split does not take minutes. */
const MOST_DRAWS = 2e7;

/** The middle 95 % of a metric over resamples. */
export type Interval = readonly [low: number, high: number];

/**
 * Percentile bootstrap (Efron, 1979) of accuracy and macro F1: draws as many clips as there are, with
 * replacement, a thousand times (less often for more than 20,000 clips), always the same ones.
 *
 * @param confusion Clips by true class, then by predicted class.
 */
export function bootstrap(confusion: readonly (readonly number[])[]): {
  accuracy: Interval;
  f1_macro: Interval;
} {
  const classes = confusion.length;
  const cells = Int32Array.from(
    confusion.flatMap((row, truth) =>
      row.flatMap((clips, guess) => new Array<number>(clips).fill(truth * classes + guess)),
    ),
  );
  const random = Random.stream(0, 'bootstrap');
  const resamples = Math.max(100, Math.min(RESAMPLES, Math.floor(MOST_DRAWS / Math.max(1, cells.length))));
  const accuracies: number[] = [];
  const scores: number[] = [];
  const [truths, guesses, hits] = [0, 0, 0].map(() => new Int32Array(classes)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let resample = 0; resample < resamples; resample++) {
    for (const counts of [truths, guesses, hits]) counts.fill(0);
    for (let draw = 0; draw < cells.length; draw++) {
      const cell = cells[random.integer(cells.length)]!;
      const truth = Math.floor(cell / classes);
      const guess = cell - truth * classes;
      truths[truth]! += 1;
      guesses[guess]! += 1;
      if (truth === guess) hits[truth]! += 1;
    }
    accuracies.push(hits.reduce((sum, each) => sum + each, 0) / cells.length);
    scores.push(macroF1(truths, guesses, hits));
  }
  return { accuracy: middle(accuracies), f1_macro: middle(scores) };
}

/** As scikit-learn's `f1_score(average="macro")`: over the classes that occur. */
function macroF1(truths: Int32Array, guesses: Int32Array, hits: Int32Array): number {
  let sum = 0;
  let occurring = 0;
  for (let id = 0; id < truths.length; id++) {
    const both = truths[id]! + guesses[id]!;
    if (both === 0) continue;
    sum += (2 * hits[id]!) / both;
    occurring += 1;
  }
  return sum / occurring;
}

function middle(values: number[]): Interval {
  const sorted = values.sort((a, b) => a - b);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Linear interpolation between neighbours, as NumPy's default. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
