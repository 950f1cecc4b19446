import type { Plan } from './plan.js';
import type { SessionCache } from './sessions.js';
import type { Elements, Value } from './value.js';

/** A graph that was run, to be run again. */
export interface Recording {
  /** Whether its session is still there. */
  isOpen(): boolean;
  /** Writes its results into these arrays, in the order in which they were asked for. */
  run(targets: readonly Elements[]): void;
}

/**
 * What runs a plan again, on the arrays that it was fed with, whatever they hold by then.
 *
 * @param plan One that was run in place.
 * @param values Its outputs in the order of the targets.
 */
export function recordingOf(plan: Plan, values: readonly Value[], sessions: SessionCache): Recording {
  const places = plan.outputs.map((output) => values.indexOf(output));
  // What the session was compiled from is not needed any more.
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
