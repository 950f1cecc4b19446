import { Random } from '../../../random/random.js';

const RESAMPLES = 1000;
const LEVEL = 0.95;

/** The ends of a confidence interval. */
export type Interval = [low: number, high: number];

/** Bootstrap intervals of a split's accuracy and macro F1. */
export interface Intervals {
  /** Share of such intervals that contain the true value. */
  level: number;
  resamples: number;
  accuracy: Interval;
  f1_macro: Interval;
}

/**
 * Percentile bootstrap (Efron, 1979): the metrics of samples drawn from the clips with replacement. Clips are
 * taken as independent; if several are of one speaker, the truth is wider.
 *
 * @param labels Class of each clip, by number.
 * @param predicted The same, as predicted.
 * @param stream Name of the random stream, so that each split and group draws its own.
 */
export function bootstrapIntervals(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { classes, seed, stream }: { classes: number; seed: number; stream: string },
): Intervals {
  const random = Random.stream(seed, `bootstrap ${stream}`);
  const size = labels.length;
  const accuracy = new Float64Array(RESAMPLES);
  const f1 = new Float64Array(RESAMPLES);
  const hits = new Uint32Array(classes);
  /** Of each class: how many clips are of it, and how many are predicted to be. */
  const occurrences = new Uint32Array(classes);
  for (let sample = 0; sample < RESAMPLES; sample += 1) {
    hits.fill(0);
    occurrences.fill(0);
    for (let drawn = 0; drawn < size; drawn += 1) {
      const clip = random.integer(size);
      const [label, answer] = [labels[clip]!, predicted[clip]!];
      occurrences[label]! += 1;
      occurrences[answer]! += 1;
      if (label === answer) hits[label]! += 1;
    }
    accuracy[sample] = hits.reduce((sum, count) => sum + count, 0) / size;
    f1[sample] = macroF1(hits, occurrences);
  }
  return {
    level: LEVEL,
    resamples: RESAMPLES,
    accuracy: percentiles(accuracy),
    f1_macro: percentiles(f1),
  };
}

/** Mean F1 of the classes that occur, as `classificationMetrics` computes it. */
function macroF1(hits: Uint32Array, occurrences: Uint32Array): number {
  let sum = 0;
  let occurring = 0;
  for (const [id, count] of occurrences.entries()) {
    if (count === 0) continue;
    sum += (2 * hits[id]!) / count;
    occurring += 1;
  }
  return sum / occurring;
}

function percentiles(values: Float64Array): Interval {
  const sorted = values.toSorted();
  return [quantile(sorted, (1 - LEVEL) / 2), quantile(sorted, (1 + LEVEL) / 2)];
}

/** As `numpy.quantile` by default: linear between the nearest values. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}
