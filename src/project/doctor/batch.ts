import type { ProblemType } from '../../learning/training/problem-type.js';

/**
 * Rows for a small batch, of as many classes as there are: the first clip of each class, then the second, and
 * so on. Where a row has several labels or values, their combination counts as its class.
 *
 * @param labels As `Examples` has them, `width` per row.
 * @returns At most `most` rows.
 */
export function chooseBatch(labels: readonly number[], width: number, most: number): number[] {
  const classes = new Map<string, number[]>();
  for (let row = 0; row * width < labels.length; row += 1) {
    const key = labels.slice(row * width, (row + 1) * width).join(' ');
    const own = classes.get(key);
    if (own === undefined) classes.set(key, [row]);
    else if (own.length < most) own.push(row);
  }
  const chosen: number[] = [];
  for (let round = 0; round < most && chosen.length < most; round += 1)
    for (const own of classes.values())
      if (own[round] !== undefined && chosen.length < most) chosen.push(own[round]!);
  return chosen;
}

/**
 * The loss, in the terms of the training, of a model that only knows how frequent the labels are: the entropy
 * of the classes, or, of several labels, its mean over the labels; of numbers their variance.
 */
export function guessingLoss(labels: readonly number[], width: number, type: ProblemType): number {
  const rows = labels.length / width;
  if (type === 'single_label_classification') {
    const counts = new Map<number, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return [...counts.values()].reduce((sum, each) => sum + surprise(each / rows), 0);
  }
  let sum = 0;
  for (let at = 0; at < width; at += 1) {
    const own = labels.filter((_, index) => index % width === at);
    const mean = own.reduce((total, each) => total + each, 0) / rows;
    sum +=
      type === 'regression'
        ? own.reduce((total, each) => total + (each - mean) ** 2, 0) / rows
        : surprise(mean) + surprise(1 - mean);
  }
  return sum / width;
}

function surprise(share: number): number {
  return share === 0 ? 0 : -share * Math.log(share);
}
