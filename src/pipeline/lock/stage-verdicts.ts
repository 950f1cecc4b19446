import { lookUp } from '../../util/look-up.js';
import { type Comparison, compareOutput } from './compare-output.js';
import type { LockFile } from './types.js';

export interface StageVerdict extends Comparison {
  stage: string;
}

/**
 * A verdict for each stage of the lock that has a result now, in the lock's order. A model that was trained
 * without an evaluation has no metrics: it is judged by the stages that read it, or by its bytes if there are
 * none.
 */
export function judgeStages(lock: LockFile, now: Pick<LockFile, 'stages'>): StageVerdict[] {
  const verdicts = new Map<string, StageVerdict>();
  for (const [stage, { output }] of Object.entries(lock.stages)) {
    const found = lookUp(now.stages, stage);
    if (found === undefined) continue;
    verdicts.set(stage, { stage, ...compareOutput(output, found.output, lock.tolerances) });
  }
  for (const [stage, { output }] of Object.entries(lock.stages)) {
    const own = verdicts.get(stage);
    if (own?.verdict !== 'different' || output.kind !== 'model' || output.metrics !== undefined) continue;
    const readers = Object.keys(lock.stages).filter((id) =>
      Object.values(lock.stages[id]!.from ?? {}).includes(stage),
    );
    const judges = readers.flatMap((id) => verdicts.get(id) ?? []).filter(({ furthest }) => furthest);
    if (judges.length > 0 && judges.every(({ verdict }) => verdict !== 'different'))
      verdicts.set(stage, { ...own, verdict: 'within-tolerance', furthest: judges[0]!.furthest });
  }
  return [...verdicts.values()];
}
