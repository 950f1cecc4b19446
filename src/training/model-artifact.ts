import { readFile } from 'node:fs/promises';
import type { ModelArtifact } from '../artifact.js';
import type { Model } from '../model/checkpoint.js';
import { countParameters, modelFiles } from '../model/save.js';
import type { NamedFile } from '../model/tensor-files.js';
import type { Objects } from '../stage-type.js';
import type { StepCounts, TrainingArguments } from './arguments.js';
import type { TrainingState } from './state.js';

const PREPROCESSOR = 'preprocessor_config.json';

/**
 * Stores a trained model as a folder in the Hugging Face layout: `config.json`, `model.safetensors`, the checkpoint's
 * `preprocessor_config.json`, and `trainer_state.json` with the log (no times, so that equal trainings give equal bytes).
 */
export async function storeModel(
  model: Model,
  state: TrainingState,
  counts: StepCounts,
  args: TrainingArguments,
  checkpoint: readonly NamedFile[],
  objects: Objects,
): Promise<ModelArtifact> {
  const files: Record<string, Uint8Array[]> = modelFiles(model);
  const preprocessor = checkpoint.find(({ name }) => name === PREPROCESSOR);
  if (preprocessor !== undefined) files[PREPROCESSOR] = [await readFile(preprocessor.path)];
  files['trainer_state.json'] = [Buffer.from(`${JSON.stringify(log(state, counts, args), null, 2)}\n`)];
  const stored = await Promise.all(
    Object.entries(files).map(async ([name, parts]) => [name, await objects.put(parts)] as const),
  );
  const best = args.load_best_model_at_end ? state.best_metrics : undefined;
  return {
    kind: 'model',
    files: Object.fromEntries(stored),
    labels: model.labels,
    num_parameters: countParameters(model.weights),
    metrics: best ?? state.evaluation?.metrics ?? {},
  };
}

/** The part of the Trainer's `trainer_state.json` that tells how the training went. */
function log(state: TrainingState, counts: StepCounts, args: TrainingArguments): Record<string, unknown> {
  return {
    best_global_step: state.best_global_step ?? null,
    best_metric: state.best_metric ?? null,
    epoch: state.log_history.at(-1)?.epoch ?? 0,
    global_step: state.global_step,
    max_steps: counts.maxSteps,
    num_train_epochs: counts.epochs,
    train_batch_size: args.per_device_train_batch_size,
    log_history: state.log_history,
  };
}
