import { lookUp } from '../../util/look-up.js';
import type { LockedStage } from './types.js';

/** Of a hundred clips, three may be classified differently. */
const SHARE = 0.03;
/** Losses move further than the decisions based on them. */
const LOSS = 0.1;

/** The tolerance of each metric that the stages computed; those that the user has set in `kept` stay. */
export function tolerancesFor(
  stages: Readonly<Record<string, LockedStage>>,
  kept: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const names = Object.values(stages).flatMap(({ output }) =>
    Object.values(output.metrics ?? {}).flatMap((values) => Object.keys(values)),
  );
  const tolerances = [...new Set(names)]
    .sort()
    .map((name): [string, number] => [name, lookUp(kept, name) ?? byDefault(name)]);
  return Object.fromEntries(tolerances);
}

/** How far a metric may deviate and still count as the same: not at all if its scale is not known. */
export function byDefault(name: string): number {
  if (/loss/.test(name)) return LOSS;
  return /accuracy|f1|precision|recall|auc|mAP|^matthews_corrcoef$|^ece$|^r2$|^pearson$/.test(name)
    ? SHARE
    : 0;
}
