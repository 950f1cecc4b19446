import { canonicalJson } from '../../util/canonical-json.js';
import { compareOutput } from './compare-output.js';
import type { LockedStage, LockFile } from './types.js';

/**
 * Whether the existing lock still describes a run: the same recipe, data and code, and results that are equal
 * or within tolerance. Then it is left alone, so that running a recipe on another machine changes no file
 * under version control.
 */
export function stillHolds(before: LockFile, now: LockFile): boolean {
  const ids = Object.keys(now.stages);
  if (before.name !== now.name || before.recipe !== now.recipe) return false;
  if (canonicalJson(Object.keys(before.stages).sort()) !== canonicalJson([...ids].sort())) return false;
  // Another engine is due to another machine; a new version of the same one is a choice.
  const [one, other] = [before.engine.split(' '), now.engine.split(' ')];
  if (one[0] === other[0] && one[1] !== other[1]) return false;
  return ids.every((id) => stageHolds(before.stages[id]!, now.stages[id]!, before));
}

function stageHolds(before: LockedStage, now: LockedStage, lock: LockFile): boolean {
  const described = ({ fingerprint: _, inputs: __, output: ___, files: ____, ...rest }: LockedStage) =>
    canonicalJson(rest);
  if (described(before) !== described(now)) return false;
  const { verdict } = compareOutput(before.output, now.output, lock.tolerances);
  // A model without an evaluation is judged by the reports on it.
  const unjudged = now.output.kind === 'model' && now.output.metrics === undefined;
  return verdict !== 'different' || unjudged;
}
