/**
 * Target distributions times 1 / `items`: one-hot, smoothed as in transformers' `LabelSmoother`. The sum of
 * their product with −log softmax is the batch's share of the loss, which is averaged over all items of an
 * update.
 *
 * @param weights What each class counts for, as in `torch.nn.CrossEntropyLoss`.
 */
export function targetsOf(
  labels: readonly number[],
  classes: number,
  smoothing: number,
  items: number,
  weights?: readonly number[],
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes / items);
  labels.forEach((label, row) => {
    targets[row * classes + label]! += (1 - smoothing) / items;
  });
  return weights === undefined ? targets : targets.map((target, index) => target * weights[index % classes]!);
}
