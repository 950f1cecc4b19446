import { count } from '../../util/words.js';
import { formatNumber } from '../plan/rerun-reasons/format-value.js';
import { mcnemar } from './mcnemar.js';

/** Below this probability, a difference is taken for more than chance. */
const SIGNIFICANCE = 0.05;

/** A clip that one evaluation got right and the other one wrong. */
export interface ChangedClip {
  /** Row within the split. */
  row: number;
  /** Its file, if it is known. */
  file?: string;
  label: string;
  before: string;
  after: string;
}

/** How the predictions of two evaluations of a split differ. */
export interface PredictionChanges {
  split: string;
  num_rows: number;
  /** Right before, wrong after. */
  lost: ChangedClip[];
  /** Wrong before, right after. */
  won: ChangedClip[];
  /** Clips that both got wrong, but not in the same way. */
  otherwise: number;
  /** Of McNemar's exact test. */
  p: number;
}

interface Prediction {
  row: number;
  label: string;
  predicted: string;
}

/**
 * What changed between two reports of `evaluate` on the same split, as they were stored; `undefined` if they
 * are not such reports, and a reason if they are not about the same clips.
 */
export function comparePredictions(
  before: Uint8Array,
  after: Uint8Array,
): PredictionChanges | string | undefined {
  const [old, now] = [parse(before), parse(after)];
  if (old === undefined || now === undefined) return undefined;
  const { split, predictions } = now;
  const size = predictions.length;
  if (
    old.predictions.length !== size ||
    predictions.some(({ label }, i) => label !== old.predictions[i]!.label)
  )
    return `${split} predictions cannot be compared: the clips or their labels are not the same`;
  const lost: ChangedClip[] = [];
  const won: ChangedClip[] = [];
  let otherwise = 0;
  for (const [i, { row, label, predicted }] of predictions.entries()) {
    const earlier = old.predictions[i]!.predicted;
    const [wasRight, isRight] = [earlier === label, predicted === label];
    const changed = { row, label, before: earlier, after: predicted };
    if (wasRight && !isRight) lost.push(changed);
    else if (isRight && !wasRight) won.push(changed);
    else if (earlier !== predicted) otherwise += 1;
  }
  return { split, num_rows: size, lost, won, otherwise, p: mcnemar(lost.length, won.length) };
}

/** In a sentence, with the verdict of the test. */
export function changesText({ split, num_rows, lost, won, otherwise, p }: PredictionChanges): string {
  if (lost.length + won.length + otherwise === 0)
    return `${split} predictions of ${count(num_rows, 'clip')} equal`;
  const also = otherwise === 0 ? '' : `, ${otherwise} wrong in another way`;
  const verdict = p < SIGNIFICANCE ? 'more than chance' : 'no more than chance would do';
  const shown = p < 1e-4 ? 'p < 0.0001' : `p = ${formatNumber(Number(p.toPrecision(2)))}`;
  return (
    `${split} ${won.length} wrong → right, ${lost.length} right → wrong${also}, of ${count(num_rows, 'clip')}: ` +
    `${verdict} (McNemar's exact test, ${shown})`
  );
}

function parse(bytes: Uint8Array): { split: string; predictions: Prediction[] } | undefined {
  try {
    const { split, predictions } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof split !== 'string' || !Array.isArray(predictions)) return undefined;
    return predictions.every(isPrediction) ? { split, predictions } : undefined;
  } catch {
    return undefined;
  }
}

function isPrediction(value: unknown): value is Prediction {
  const { row, label, predicted } = (value ?? {}) as Record<string, unknown>;
  return Number.isInteger(row) && typeof label === 'string' && typeof predicted === 'string';
}
