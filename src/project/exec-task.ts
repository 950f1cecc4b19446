import type { EngineChoice } from '../engine/engine-type.js';
import type { DeviceChoice } from '../engine/onnxruntime/device-names.js';
import { execTask } from '../pipeline/executors/exec-task.js';
import type { StageOutput } from '../pipeline/run/stage-task.js';
import type { Signals } from './signals.js';

/**
 * Computes the task of a job, with the engine and device of the run that submitted it.
 *
 * @param file See `TaskFile`.
 */
export function execTaskFile(file: string, signals: Signals): Promise<StageOutput['type']> {
  return execTask(file, {
    ...signals,
    async engineIdOf({ engine, device }) {
      const { resolveEngine } = await import('../engine/resolve-engine.js');
      const asked = { engine: engine as EngineChoice, device: device as DeviceChoice | undefined };
      return (await resolveEngine(asked)).id;
    },
  });
}
