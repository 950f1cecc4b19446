/**
 * Compares predicted numbers with true ones, [rows, outputs] each: mean squared and absolute error, the
 * coefficient of determination (scikit-learn's `r2_score`) and Pearson's correlation (SciPy's), each the mean
 * over the outputs. If an output is always the same, r2 is 1 for predictions without error and otherwise 0,
 * and the correlation, which is then undefined, counts as 0.
 */
export function regressionMetrics(
  predicted: ArrayLike<number>,
  values: readonly number[],
  outputs: number,
): Record<'mse' | 'mae' | 'r2' | 'pearson', number> {
  const sums = { mse: 0, mae: 0, r2: 0, pearson: 0 };
  for (let output = 0; output < outputs; output += 1) {
    const truth = values.filter((_, index) => index % outputs === output);
    const guess = Array.from(predicted).filter((_, index) => index % outputs === output);
    const errors = truth.map((value, row) => guess[row]! - value);
    const squares = sumOf(errors.map((error) => error ** 2));
    const [own, other] = [deviations(truth), deviations(guess)];
    const [spread, otherSpread] = [own, other].map((all) => sumOf(all.map((one) => one ** 2))) as [
      number,
      number,
    ];
    const together = sumOf(own.map((one, row) => one * other[row]!));
    sums.mse += squares / truth.length;
    sums.mae += sumOf(errors.map(Math.abs)) / truth.length;
    sums.r2 += spread === 0 ? Number(squares === 0) : 1 - squares / spread;
    sums.pearson += spread === 0 || otherSpread === 0 ? 0 : together / Math.sqrt(spread * otherSpread);
  }
  const { mse, mae, r2, pearson } = sums;
  return { mse: mse / outputs, mae: mae / outputs, r2: r2 / outputs, pearson: pearson / outputs };
}

function deviations(values: readonly number[]): number[] {
  const mean = sumOf(values) / values.length;
  return values.map((value) => value - mean);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
