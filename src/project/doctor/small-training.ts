import { makeSplit, rowsOf } from '../../learning/data/dataset.js';
import type { PipelineStage } from '../../pipeline/recipe/pipeline.js';
import { type AgainOptions, computeAgain, openBeside } from '../../pipeline/verify/compute-again.js';
import type { DatasetArtifact } from '../../stage/artifact.js';
import type { TrainParams } from '../../stage/params.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { signalsOf } from '../signals.js';

/** The training to make: which clips, how, until when. */
export interface SmallTraining {
  dataset: DatasetArtifact;
  /** Rows of the split that is trained on. */
  rows: readonly number[];
  learning_rate: number;
  /** The most updates. */
  steps: number;
  /** It ends as soon as the loss is not above this. */
  done: number;
}

export interface SmallTrainingOptions extends Omit<AgainOptions, 'signal' | 'kill' | 'onProgress' | 'onLog'> {
  /** Ends it; nothing is left behind. */
  signal?: AbortSignal;
  /** Called while it trains. */
  onStep?(step: number, steps: number, loss: number): void;
}

/** What became of it. */
export interface Learned {
  /** Updates made. */
  steps: number;
  /** Of the first update, and of the last; not numbers if there was none. */
  first: number;
  last: number;
  /** Why it failed, if it did. */
  error?: string;
}

/** No dropout, no layers left out, no masks: what is to be learned by heart is not made harder. */
const UNREGULARISED: NonNullable<TrainParams['config']> = {
  hidden_dropout: 0,
  activation_dropout: 0,
  attention_dropout: 0,
  feat_proj_dropout: 0,
  layerdrop: 0,
  apply_spec_augment: false,
};

/**
 * Trains a training stage's model on a few clips, all of them in each update, at a constant learning rate and
 * without regularisation. It is computed outside the cache, in its own process, which is killed once the loss
 * is low enough.
 *
 * @throws The signal's reason when aborted.
 */
export async function trainOnFew(
  training: PipelineStage,
  what: SmallTraining,
  { signal, onStep, ...options }: SmallTrainingOptions,
): Promise<Learned> {
  signal?.throwIfAborted();
  const params = training.with as unknown as TrainParams;
  const { dataset, rows, steps, learning_rate, done } = what;
  const stage = { ...training, with: { ...paramsFor(params, rows.length, steps, learning_rate) } };
  const learned: Learned = { steps: 0, first: Number.NaN, last: Number.NaN };
  const enough = new AbortController();
  const kill = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  const beside = await openBeside(options.cache);
  try {
    const { objects } = options.cache;
    const few = await fewClips(dataset, params, { rows, steps, objects, target: beside.cache.objects });
    const output = await computeAgain(stage, { [Object.keys(training.from)[0]!]: few }, beside, {
      ...options,
      ...signalsOf({ kill }),
      onProgress: ({ training: now }) => {
        if (now === undefined) return;
        const { step, loss } = now;
        if (learned.steps === 0) learned.first = loss;
        learned.steps = step;
        learned.last = loss;
        onStep?.(step, steps, loss);
        if (loss <= done) enough.abort();
      },
    });
    return output.type === 'failed' ? { ...learned, error: output.message } : learned;
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    return { ...learned, error: error.message };
  } finally {
    await beside.remove();
    signal?.throwIfAborted();
  }
}

/** The stage's parameters, but for what would keep it from learning these clips by heart. */
function paramsFor(params: TrainParams, clips: number, steps: number, learning_rate: number): TrainParams {
  // As many clips at a time as the recipe says that there is memory for.
  let batch = Math.min(clips, params.per_device_train_batch_size);
  while (clips % batch !== 0) batch -= 1;
  return {
    ...params,
    config: { ...params.config, ...UNREGULARISED },
    peft: params.peft && { ...params.peft, lora_dropout: 0 },
    learning_rate,
    lr_scheduler_type: 'constant',
    lr_scheduler_kwargs: {},
    warmup_ratio: 0,
    warmup_steps: 0,
    weight_decay: 0,
    max_steps: steps,
    per_device_train_batch_size: batch,
    gradient_accumulation_steps: clips / batch,
    gradient_accumulation_loss: undefined,
    train_sampling_strategy: 'sequential',
    dataloader_drop_last: false,
    label_smoothing_factor: 0,
    class_weights: undefined,
    focal_gamma: 0,
    eval_strategy: 'no',
    eval_on_start: false,
    save_strategy: 'no',
    save_only_model: true,
    load_best_model_at_end: false,
    metric_for_best_model: undefined,
    early_stopping_patience: undefined,
    metrics: undefined,
    report_to: undefined,
  };
}

/**
 * The dataset with nothing but these clips, as often as there are updates: a single epoch, because the
 * training's state is saved after each.
 */
async function fewClips(
  dataset: DatasetArtifact,
  { train_split, input_column }: TrainParams,
  {
    rows,
    steps,
    objects,
    target,
  }: Pick<SmallTraining, 'rows' | 'steps'> & { objects: Objects; target: Objects },
): Promise<DatasetArtifact> {
  const numbers = await rowsOf(dataset.splits[train_split]!, objects);
  const chosen = rows.map((row) => numbers[row]!);
  const repeated = Array.from({ length: steps }, () => chosen).flat();
  const { [input_column]: feature, ...others } = dataset.features;
  const plain = feature?._type === 'List' ? { ...feature, augment: undefined } : feature!;
  return {
    ...dataset,
    features: { ...others, [input_column]: plain },
    splits: { [train_split]: await makeSplit(repeated, target) },
  };
}
