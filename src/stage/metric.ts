/** What a metric of the user's own measures: the clips of a split, or the rows if they are not windows. */
export interface MetricRequest {
  /** The class of each clip, by number. */
  readonly labels: readonly number[];
  /** The class that the model takes each for. */
  readonly predictions: readonly number[];
  /** For each clip the probability of every class, in the order of their numbers. */
  readonly probabilities: readonly (readonly number[])[];
  /** Names of the classes, by number. */
  readonly names: readonly string[];
}

/** A metric: what a module that `metrics` names exports as its default. */
export interface Metric {
  /** Letters, digits and `_`: reports call it that, and `metric_for_best_model` may. */
  readonly name: string;
  /** A finite number, from the request alone. */
  compute(request: MetricRequest): number;
}

/** Types a metric: `export default defineMetric({ name, compute })`. */
export function defineMetric(metric: Metric): Metric {
  return metric;
}
