import { diffOwnParts } from '../../pipeline/plan/rerun-reasons/diff-fingerprints.js';
import type { StageChange } from '../../pipeline/run/events/watch-events.js';
import { canonicalJson } from '../../util/canonical-json.js';
import type { StageParts } from './messages.js';

/** The stages that have changed, and in what. Changes only in their inputs do not count. */
export function stageChanges(before: readonly StageParts[], now: readonly StageParts[]): StageChange[] {
  const known = new Map(before.map((stage) => [stage.id, stage]));
  const changes = now.flatMap((stage): StageChange[] => {
    const past = known.get(stage.id);
    known.delete(stage.id);
    if (past === undefined) return [{ id: stage.id, because: ['new'] }];
    if (canonicalJson({ ...past }) === canonicalJson({ ...stage })) return [];
    const because = diffOwnParts(past.parts, stage.parts).map(({ text }) => text);
    return [{ id: stage.id, because: because.length > 0 ? because : ['other inputs'] }];
  });
  return [...changes, ...[...known.keys()].map((id) => ({ id, because: ['removed'] }))];
}
