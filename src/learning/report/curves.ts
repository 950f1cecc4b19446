/** A point of a curve at one threshold. */
export interface CurvePoint {
  recall: number;
  precision: number;
  /** Share of the other classes' clips that are taken for this one. */
  fall_out: number;
}

/** Precision-recall and ROC curves of one class against the rest. */
export interface ClassCurves {
  points: CurvePoint[];
  /** As scikit-learn's `average_precision_score`. */
  averagePrecision: number;
  /** Area under the ROC curve, as `roc_auc_score`. */
  auc: number;
}

/**
 * @param scores The class's score for each clip.
 * @param isOfClass Whether the clip is of the class.
 * @returns `undefined` if all clips are of the class, or none is.
 */
export function classCurves(
  scores: readonly number[],
  isOfClass: readonly boolean[],
): ClassCurves | undefined {
  const total = isOfClass.filter(Boolean).length;
  const others = scores.length - total;
  if (total === 0 || others === 0) return undefined;
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const points: CurvePoint[] = [];
  let found = 0;
  let averagePrecision = 0;
  let auc = 0;
  let last: CurvePoint = { recall: 0, precision: 1, fall_out: 0 };
  for (const [at, row] of order.entries()) {
    if (isOfClass[row]) found += 1;
    // Clips with the same score are taken together.
    if (at + 1 < order.length && scores[order[at + 1]!] === scores[row]) continue;
    const taken = at + 1;
    const point = { recall: found / total, precision: found / taken, fall_out: (taken - found) / others };
    averagePrecision += (point.recall - last.recall) * point.precision;
    auc += ((point.fall_out - last.fall_out) * (point.recall + last.recall)) / 2;
    points.push(point);
    last = point;
  }
  return { points, averagePrecision, auc };
}
