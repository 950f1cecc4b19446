/** Losses and errors, by the last word of their names. */
const LESS = /loss$|(?:^|_)(?:error|ece|mse|mae)$/;

/** Whether lower values of a metric are better: `loss`, `eval_loss`, `test_mae`, `word_error`. */
export function fallsWhenBetter(metric: string): boolean {
  return LESS.test(metric);
}
