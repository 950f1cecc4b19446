import type { Plan } from './graph-plan.js';
import type { SessionCache } from './sessions.js';
import type { Elements, Value } from './value.js';

/** A graph that was run, to be run again. */
export interface Recording {
  /** Whether its session still exists. */
  isOpen(): boolean;
  /** Writes its results into these arrays, in the order in which they were requested. */
  run(targets: readonly Elements[]): void;
}

/**
 * A recording that runs a plan again on the same input arrays, with their current content.
 *
 * @param plan A plan that was run in place.
 * @param values Its outputs in the order of the targets.
 */
export function recordingOf(plan: Plan, values: readonly Value[], sessions: SessionCache): Recording {
  const places = plan.outputs.map((output) => values.indexOf(output));
  // What the session was compiled from is no longer needed.
  const compiled: Plan = { ...plan, nodes: [], constants: [] };
  return {
    isOpen: () => sessions.has(compiled),
    run(targets) {
      if (!sessions.has(compiled)) throw new Error('the session of this recording was closed');
      sessions.run(
        compiled,
        places.map((place) => targets[place]!),
      );
    },
  };
}
