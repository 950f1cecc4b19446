import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ModelArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { parseJson } from '../../util/parse-json.js';
import { inputShape, type ModelConfig } from '../model/config.js';
import { ETUDE_FILE, type EtudeFile } from '../model/etude-file.js';
import { ADAPTER_FOLDER, ADAPTER_WEIGHTS } from '../model/lora/adapter-config.js';
import type { Model } from '../model/model.js';
import { countParameters, modelFiles } from '../model/save.js';
import type { NamedFile } from '../model/tensor-files.js';
import type { StepCounts } from './argument-checks.js';
import type { TrainingArguments } from './argument-types.js';
import type { Examples } from './examples.js';
import { classesIn } from './label-warnings.js';
import { problemTypeOf } from './problem-type.js';
import { interval } from './step-actions.js';
import type { TrainingState } from './training-state.js';

const PREPROCESSOR = 'preprocessor_config.json';

/**
 * Stores a trained model as a folder in the Hugging Face layout: `config.json`, `model.safetensors`, the
 * checkpoint's `preprocessor_config.json`, `trainer_state.json` with the log (no times, so that equal
 * trainings give equal bytes), and `etude.json` for what those have no place for.
 *
 * @param more Other files of the folder.
 */
export async function storeModel(
  model: Model,
  state: TrainingState,
  counts: StepCounts,
  args: TrainingArguments,
  examples: Pick<Examples, 'labels' | 'lengths' | 'validLengths' | 'kept'>,
  checkpoint: readonly NamedFile[],
  objects: Objects,
  more: Readonly<Record<string, Uint8Array[]>> = {},
): Promise<ModelArtifact> {
  const files: Record<string, Uint8Array[]> = { ...modelFiles(model), ...more };
  const preprocessor = checkpoint.find(({ name }) => name === PREPROCESSOR);
  if (preprocessor !== undefined)
    files[PREPROCESSOR] = [fitted(await readFile(preprocessor.path), model.config)];
  files['trainer_state.json'] = [json(log(state, counts, args))];
  const trained = classesIn(examples, problemTypeOf(model), model.labels.length);
  const untrained = model.labels.filter((_, id) => !trained.has(id));
  const etude: EtudeFile = {};
  // Neither the mean over a clip's frames nor log-mel features say how many samples there were.
  if (examples.kept?.part.entry.at !== 'means' && inputShape(model.config) === undefined)
    etude.max_input_length = longest(examples);
  if (untrained.length > 0) etude.untrained_labels = untrained;
  const adapter = more[`${ADAPTER_FOLDER}/${ADAPTER_WEIGHTS[0]}`];
  if (adapter !== undefined) etude.adapter = digestOfParts(adapter);
  files[ETUDE_FILE] = [json(etude)];
  const stored = await Promise.all(
    Object.entries(files).map(async ([name, parts]) => [name, await objects.put(parts)] as const),
  );
  const best = args.load_best_model_at_end ? state.best_saved?.metrics : undefined;
  return {
    kind: 'model',
    files: Object.fromEntries(stored),
    labels: model.labels,
    num_parameters: countParameters(model.weights),
    metrics: best ?? state.evaluation?.metrics ?? {},
  };
}

/** The feature extractor's configuration, with the number of frames that AST was trained with. */
function fitted(file: Buffer, { spectrogram }: ModelConfig): Uint8Array {
  if (spectrogram?.patches === undefined) return file;
  const given = parseJson(file.toString('utf8')) as Record<string, unknown>;
  const [max_length] = spectrogram.shape;
  return (given.max_length ?? 1024) === max_length ? file : json({ ...given, max_length });
}

function digestOfParts(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

/** The longest training clip, in samples, without padding if known. */
function longest({ lengths, validLengths }: Pick<Examples, 'lengths' | 'validLengths'>): number {
  return (validLengths ?? lengths).reduce((most, length) => Math.max(most, length), 0);
}

/**
 * The Trainer's `trainer_state.json`, with keys in its order, for `TrainerState.load_from_json`: without
 * times, and without what means nothing here (processes, hyper-parameter search, tokens, floating-point
 * operations).
 */
function log(state: TrainingState, counts: StepCounts, args: TrainingArguments): Record<string, unknown> {
  const { maxSteps } = counts;
  return {
    best_global_step: state.best_global_step ?? null,
    best_metric: state.best_metric ?? null,
    best_model_checkpoint: state.best_saved === undefined ? null : `checkpoint-${state.best_saved.step}`,
    epoch: state.log_history.at(-1)?.epoch ?? 0,
    eval_steps: interval(args.eval_steps ?? args.logging_steps, maxSteps),
    global_step: state.global_step,
    log_history: state.log_history,
    logging_steps: interval(args.logging_steps, maxSteps),
    max_steps: maxSteps,
    num_train_epochs: counts.epochs,
    save_steps: interval(args.save_steps, maxSteps),
    train_batch_size: args.per_device_train_batch_size,
  };
}
