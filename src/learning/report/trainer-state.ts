import type { ModelArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';

/** What the report shows of a model's `trainer_state.json`. */
export interface TrainerState {
  global_step: number;
  best_metric?: number;
  best_global_step?: number;
  log_history: readonly Readonly<Record<string, unknown>>[];
}

/** The log of a training, `undefined` if the model has none that can be read. */
export async function readTrainerState(
  { files }: ModelArtifact,
  objects: Objects,
): Promise<TrainerState | undefined> {
  const ref = files['trainer_state.json'];
  if (ref === undefined) return undefined;
  return parseTrainerState(new TextDecoder().decode(await objects.read(ref)));
}

/** The same from its text, which may be a file of another kind under that name. */
export function parseTrainerState(text: string): TrainerState | undefined {
  let value: Partial<TrainerState> | null;
  try {
    value = JSON.parse(text) as Partial<TrainerState> | null;
  } catch {
    return undefined;
  }
  if (!Array.isArray(value?.log_history)) return undefined;
  const log_history = value.log_history.filter((entry) => typeof entry === 'object' && entry !== null);
  const { global_step, best_metric, best_global_step } = value;
  const last = log_history.at(-1)?.step;
  return {
    global_step: finite(global_step) ?? finite(last) ?? 0,
    best_metric: finite(best_metric),
    best_global_step: finite(best_global_step),
    log_history,
  };
}

/** The logged values of a key, by step. */
export function series({ log_history }: TrainerState, key: string): { step: number; value: number }[] {
  return log_history.flatMap((entry) => {
    const step = finite(entry.step);
    const value = Object.hasOwn(entry, key) ? finite(entry[key]) : undefined;
    return step === undefined || value === undefined ? [] : [{ step, value }];
  });
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
