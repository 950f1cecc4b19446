import { canonicalJson } from '../../util/canonical-json.js';
import { compareOutput } from './compare-output.js';
import type { LockedStage, LockFile } from './types.js';

/**
 * Whether the lock there is still says what a run reached: the same recipe, data and code, and results that
 * are equal or within tolerance. Then it stays as it is, so that running a recipe on another machine changes
 * no file that is under version control.
 */
export function stillHolds(before: LockFile, now: LockFile): boolean {
  const ids = Object.keys(now.stages);
  if (before.name !== now.name || before.recipe !== now.recipe) return false;
  if (canonicalJson(Object.keys(before.stages).sort()) !== canonicalJson([...ids].sort())) return false;
  // Another engine is another machine; a new version of the same one is a choice.
  const [one, other] = [before.engine.split(' '), now.engine.split(' ')];
  if (one[0] === other[0] && one[1] !== other[1]) return false;
  return ids.every((id) => stageHolds(before.stages[id]!, now.stages[id]!, before));
}

function stageHolds(before: LockedStage, now: LockedStage, lock: LockFile): boolean {
  const described = ({ fingerprint: _, inputs: __, output: ___, files: ____, ...rest }: LockedStage) =>
    canonicalJson(rest);
  if (described(before) !== described(now)) return false;
  const { verdict } = compareOutput(before.output, now.output, lock.tolerances);
  // A model without an evaluation of its own is judged by the reports on it.
  const unjudged = now.output.kind === 'model' && now.output.metrics === undefined;
  return verdict !== 'different' || unjudged;
}
