import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineChoice } from '../engine/engine-type.js';
import type { DeviceChoice } from '../engine/onnxruntime/device-names.js';
import { execTask } from '../pipeline/executors/exec-task.js';
import { execStoreTask } from '../pipeline/executors/store/exec-store-task.js';
import { openRemote } from '../pipeline/remote/open-remote.js';
import type { StageOutput, StageTask } from '../pipeline/run/stage-task.js';
import type { Signals } from './signals.js';

/**
 * Computes the task of a job, with the engine and device of the run that submitted it.
 *
 * @param file See `TaskFile`.
 */
export function execTaskFile(file: string, signals: Signals): Promise<StageOutput['type']> {
  return execTask(file, { ...signals, engineIdOf });
}

/**
 * The same for a task that is on a remote, in a temporary folder.
 *
 * @param key See `jobKey`.
 */
export async function execTaskOf(store: string, key: string, signals: Signals): Promise<StageOutput['type']> {
  const workDir = await mkdtemp(join(tmpdir(), 'etude-job-'));
  try {
    return await execStoreTask(openRemote(store), key, { ...signals, engineIdOf, workDir });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function engineIdOf({ engine, device }: StageTask): Promise<string> {
  const { resolveEngine } = await import('../engine/resolve-engine.js');
  const asked = { engine: engine as EngineChoice, device: device as DeviceChoice | undefined };
  return (await resolveEngine(asked)).id;
}
