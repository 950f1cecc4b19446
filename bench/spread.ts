/** The mean of some values. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sample standard deviation, which needs two values: otherwise NaN. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** Mean and sample standard deviation of accuracies, and each of them. */
export function spreadLine(values: readonly number[]): string {
  return `${mean(values).toFixed(3)} ± ${deviation(values).toFixed(3)} (${values.map((value) => value.toFixed(3)).join(', ')})`;
}

/** The mean difference of pairs, and its standard error. */
export function differenceLine(one: readonly number[], other: readonly number[]): string {
  const differences = one.map((value, index) => value - other[index]!);
  const error = deviation(differences) / Math.sqrt(differences.length);
  return `${mean(differences).toFixed(3)}, standard error ${error.toFixed(3)}`;
}
