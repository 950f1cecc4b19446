import type { Prediction } from './evaluation.js';

/**
 * Clips whose label is probably wrong, by confident learning (Northcutt, Jiang and Chuang, "Confident
 * Learning: Estimating Uncertainty in Dataset Labels", Journal of Artificial Intelligence Research 70, 2021):
 * a class's threshold is its mean score over the clips that have its label, and a clip is counted for the
 * class, of those whose thresholds its scores reach, with the highest score. If that is not its label, the
 * label is in doubt. As in cleanlab, a clip is left out where the model agrees with the label.
 *
 * @param predictions Those without scores of all classes are left out. The model must not have been trained
 * on these clips.
 * @returns Those whose label has the lowest score first.
 */
export function labelErrors(predictions: readonly Prediction[], labels: readonly string[]): Prediction[] {
  const scored = predictions.flatMap((clip) =>
    clip.scores === undefined ? [] : { clip, scores: clip.scores, label: labels.indexOf(clip.label) },
  );
  const thresholds = labels.map((_, id) => {
    const own = scored.filter(({ label }) => label === id);
    return own.length === 0
      ? Number.POSITIVE_INFINITY
      : own.reduce((sum, { scores }) => sum + scores[id]!, 0) / own.length;
  });
  const found = scored.flatMap(({ clip, scores, label }) => {
    let best = -1;
    for (const [id, score] of scores.entries())
      if (score >= thresholds[id]! - 1e-6 && score > (scores[best] ?? -1)) best = id;
    return best < 0 || best === label || clip.predicted === clip.label
      ? []
      : { clip, own: scores[label] ?? 0 };
  });
  return found.sort((a, b) => a.own - b.own).map(({ clip }) => clip);
}
