import type { PlannedStage } from '../pipeline/plan/types.js';
import type { PlanRow } from '../pipeline/run/events/watch-events.js';

/** A stage of a plan as `etude plan` and a watch show it. */
export function planRow(planned: PlannedStage): PlanRow {
  const { id, uses } = planned.stage;
  if (planned.type === 'hit') return { id, uses, status: 'hit', because: [] };
  const because = planned.because.map((reason) => reason.text);
  if (planned.type === 'blocked') return { id, uses, status: 'blocked', because, error: planned.error };
  const { predictedSeconds, predictedRange } = planned;
  return { id, uses, status: 'run', because, predictedSeconds, ...(predictedRange && { predictedRange }) };
}
