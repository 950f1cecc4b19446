import { errorOf, throwProblem } from '../src/learning/data/name-problems.js';
import { problemOf } from '../src/learning/data/parameter-error.js';
import { type CheckpointOptions, checkpointFiles } from '../src/learning/model/locate-checkpoint.js';
import { ADAPTER_CONFIG } from '../src/learning/model/lora/adapter-config.js';
import { argumentProblems, evaluates } from '../src/learning/training/argument-checks.js';
import { changesOf, checkAugmented } from '../src/learning/training/augment/augment-checks.js';
import { continuationOf, LENGTHS } from '../src/learning/training/continuation.js';
import {
  checkClasses,
  checkColumns,
  inputMismatch,
  rowCounts,
} from '../src/learning/training/dataset-checks.js';
import { describeFrozen, freezeProblem } from '../src/learning/training/freeze-checks.js';
import {
  checkFrozen,
  freezeMismatch,
  statesOf,
} from '../src/learning/training/frozen/hidden-states-column.js';
import { checkNames } from '../src/learning/training/losses/class-weights.js';
import { checkDefined, checkMetrics, TAKEN } from '../src/learning/training/named-metrics.js';
import { loadOwnMetrics, metricModules } from '../src/learning/training/own-metrics.js';
import { describeMain, MAIN_METRIC, setProblemType } from '../src/learning/training/problem-type.js';
import { checkPush, PUSHING } from '../src/learning/training/push-checks.js';
import { scheduleWarning } from '../src/learning/training/scheduler-checks.js';
import { checkTrackers, openTrackers } from '../src/learning/training/trackers/open-trackers.js';
import { checkSplits, splitsOf } from '../src/learning/training/train-splits.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import { fallsWhenBetter } from '../src/stage/falls-when-better.js';
import type { TrainParams } from '../src/stage/params.js';
import { revisionSource } from '../src/stage/revision-source.js';
import type { Objects, Source } from '../src/stage/stage-type.js';
import { EtudeError } from '../src/util/errors.js';
import { count } from '../src/util/words.js';

/** The size of decoded chunks that stay in memory, since rows are read in random order. */
const CACHE_BYTES = 2 ** 31;

/**
 * `Trainer.train()` of the audio-classification guide: fine-tunes a checkpoint for the classes of a dataset.
 */
const train = defineBuiltIn<TrainParams>()({
  name: 'train',
  description: 'Fine-tunes a checkpoint (Wav2Vec2, WavLM, Whisper, AST, …) to classify clips.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'model',
  usesEngine: true,
  cores: 'all',

  async sources(params, place) {
    const found = await checkpointFiles(params.model, place, locating(params));
    if ('problem' in found) throw errorOf(found.problem);
    // An adapter names the model that it is for: then the name counts, too.
    const name = params.peft && nameOnHub(found.files);
    const named = name === undefined ? [] : [{ ...found.files[0]!, name }];
    return [{ param: 'model', files: [...found.files, ...named] }, ...revisionSource(params.revision)];
  },

  async outline({ params, inputs, place, problem }) {
    const ownMetrics = await loadOwnMetrics(params.metrics, TAKEN, place, problem);
    argumentProblems({ ...params, ownMetrics }).forEach(({ param, ...rest }) => {
      problem({ param: [param], ...rest });
    });
    checkTrackers(params, place, problem);
    checkPush(params, problem);
    const found = await checkpointFiles(params.model, place, locating(params));
    if ('problem' in found) problem(found.problem);
    else {
      const { loadConfig } = await import('../src/learning/model/load-config.js');
      const { maskLengthProblem } = await import('../src/learning/training/spec-augment-checks.js');
      try {
        const config = await loadConfig(found.files, params.config);
        const beyond = freezeProblem(params, config);
        if (beyond !== undefined) problem(beyond);
        if (params.peft !== undefined) {
          const { loraProblems } = await import('../src/learning/training/lora-checks.js');
          loraProblems(params, config).forEach(problem);
        }
        const states = inputs.dataset && statesOf(inputs.dataset.features, params.input_column);
        const mismatch = states
          ? freezeMismatch(states, params, config)
          : inputMismatch(inputs.dataset?.features[params.input_column], params.input_column, config);
        if (mismatch !== undefined) problem(mismatch);
        const long = maskLengthProblem(config);
        if (long !== undefined) {
          const own = params.config?.mask_feature_length !== undefined;
          problem({ ...long, param: own ? ['config', 'mask_feature_length'] : ['model'] });
        }
      } catch (error) {
        if (!(error instanceof EtudeError)) throw error;
        problem(problemOf(error, 'model'));
      }
    }
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    checkSplits(input.splits, params, problem);
    checkAugmented(input.features, params.input_column, problem);
    const labels = checkColumns(input.features, params, problem);
    checkClasses(labels, params, problem);
    if (labels !== undefined) checkNames('class_weights', params.class_weights, labels, problem);
    checkMetrics(params, labels, problem);
    return { kind: 'model', labels, problem_type: params.problem_type };
  },

  modules: ({ metrics }) => metricModules(metrics),

  unaffectedBy: ['save_only_model', 'report_to', 'logging_dir', ...PUSHING],

  continues: {
    lengths: LENGTHS,
    from: (before, after, kept, rowsOf) =>
      continuationOf(before, after, kept, rowsOf('dataset', after.train_split)),
  },

  readsSplits: (params) => ({ dataset: splitsOf(params) }),

  cost({ max_steps, num_train_epochs }) {
    // Steps are compared with epochs as if of a small dataset: only the ratio of two trainings of the same
    // kind matters.
    return max_steps > 0 ? max_steps / 50 : num_train_epochs;
  },

  rows(params, rowsOf) {
    const { max_steps, num_train_epochs, per_device_train_batch_size, gradient_accumulation_steps } = params;
    const clips = rowsOf('dataset', params.train_split);
    const update = Math.min(per_device_train_batch_size * gradient_accumulation_steps, clips);
    const epoch = Math.ceil(clips / update);
    const updates = max_steps > 0 ? max_steps : Math.ceil(num_train_epochs * epoch);
    if (!evaluates(params)) return updates * update;
    const every = params.eval_steps ?? params.logging_steps;
    const times =
      params.eval_strategy === 'epoch' ? Math.ceil(updates / epoch) : every < 1 ? 1 / every : updates / every;
    // Without a backward pass, a clip takes a third of the time.
    return updates * update + (Math.floor(times) * rowsOf('dataset', params.eval_split)) / 3;
  },

  judgedBy({ metric_for_best_model, greater_is_better, problem_type = 'single_label_classification' }) {
    const metric = metric_for_best_model?.replace(/^eval_/, '') ?? MAIN_METRIC[problem_type];
    return { metric, greaterIsBetter: greater_is_better ?? !fallsWhenBetter(metric) };
  },

  async run(context) {
    const { params, sources, objects, chunks, code, engine, device, cores } = context;
    const { signal, scratch, progress, log } = context;
    const { dataset } = context.inputs;
    const ownMetrics = await loadOwnMetrics(params.metrics, TAKEN, context.place, throwProblem);
    argumentProblems({ ...params, ownMetrics }).forEach(({ param, ...rest }) => {
      throwProblem({ param: [param], ...rest });
    });
    checkSplits(rowCounts(dataset.splits), params, throwProblem);
    checkAugmented(dataset.features, params.input_column, throwProblem);
    const { outputsIn } = await import('../src/learning/training/regression-outputs.js');
    const labels =
      checkColumns(dataset.features, params, throwProblem) ??
      (await outputsIn(dataset, params.train_split, params.label_column, objects));
    checkClasses(labels, params, throwProblem);
    checkNames('class_weights', params.class_weights, labels, throwProblem);
    checkMetrics(params, labels, throwProblem);
    const files = sources.model!;

    const { describeDifferences, describeHead, loadModel } = await import(
      '../src/learning/model/checkpoint.js'
    );
    const model = await loadModel(files, {
      labels,
      config: params.config,
      seed: params.seed,
      fromScratch: params.initial_weights === 'random',
      ignoreMismatchedSizes: params.ignore_mismatched_sizes,
    });
    setProblemType(model, params.problem_type);
    const beyond = freezeProblem(params, model.config);
    if (beyond !== undefined) throwProblem(beyond);
    const { loraProblems } = await import('../src/learning/training/lora-checks.js');
    loraProblems(params, model.config).forEach(throwProblem);
    const states = statesOf(dataset.features, params.input_column);
    const mismatch = states && freezeMismatch(states, params, model.config);
    if (mismatch !== undefined) throwProblem(mismatch);
    const part = states && checkFrozen(states, params.input_column, model);
    const frozen = describeFrozen(params, model.config);
    if (frozen !== undefined) log('info', frozen);
    if (params.initial_weights === 'pretrained') {
      for (const sentence of describeDifferences(model)) log('info', sentence);
      const head = describeHead(model);
      if (head !== undefined) log('warning', head);
    }
    const { prepareLora } = await import('../src/learning/training/prepare-lora.js');
    const finishLora = prepareLora(model, params, nameOnHub(files), log);

    const { openDataset } = await import('../src/learning/data/dataset.js');
    const { clipNamesOf } = await import('../src/learning/data/clip-names.js');
    const { openExamples } = await import('../src/learning/training/examples.js');
    const reader = openDataset(dataset, objects, { cacheBytes: CACHE_BYTES });
    const { label_column, input_column, problem_type } = params;
    const columns = { label_column, input_column, labels, problem_type, part };
    const { paddingOf } = await import('../src/learning/audio/padding.js');
    const padding = await paddingOf(files);
    const clipName = clipNamesOf(context.clips, objects);
    const open = (split: string, augment?: Objects) =>
      openExamples(reader, { split, ...columns, config: model.config, padding, clipName, augment });
    const trainSplit = await open(params.train_split, objects);
    const changes = changesOf(dataset.features, input_column);
    if (changes !== undefined)
      log('info', `clips of split '${params.train_split}' are augmented in each epoch: ${changes}`);
    const evaluation = evaluates(params) ? await open(params.eval_split) : undefined;
    if (evaluation !== undefined) checkDefined(params, evaluation, throwProblem);

    // Reported, but not stored with the model, which does not depend on these splits.
    const { shortClips } = await import('../src/learning/training/short-clips.js');
    const others = reader.splits.filter((split) => part === undefined && !splitsOf(params).includes(split));
    for (const sentence of await shortClips(reader, others, input_column, model.config, clipName))
      log('info', sentence);

    const { checkShortBatches } = await import('../src/learning/training/spec-augment-checks.js');
    checkShortBatches(trainSplit, params, model.config);
    const { baselineWarning, majorityBaseline, trainingWarnings } = await import(
      '../src/learning/training/label-warnings.js'
    );
    for (const sentence of trainingWarnings(problem_type, labels, trainSplit, evaluation))
      log('warning', sentence);
    if (evaluation !== undefined && problem_type === 'single_label_classification') {
      const { label, accuracy } = majorityBaseline(evaluation.labels);
      const always = `always answering '${labels[label]}' has accuracy ${accuracy.toFixed(3)}`;
      log('info', `${always} on split '${evaluation.split}'`);
    }

    const { openEngine } = await import('../src/engine/open-engine.js');
    const asked = [engine, { threads: cores, device, spin: 'auto' }] as Parameters<typeof openEngine>;
    const opened = await openEngine(...asked);
    const { train } = await import('../src/learning/training/train.js');
    const { countSteps } = await import('../src/learning/training/argument-checks.js');
    const { storeModel } = await import('../src/learning/training/model-artifact.js');
    const { resolveEngine } = await import('../src/engine/resolve-engine.js');
    const { id } = await resolveEngine({ engine, device: device as never });
    if (context.kept !== undefined) {
      const { layOutKept } = await import('../src/learning/training/kept-training-state.js');
      await layOutKept(context.kept, scratch, objects).catch((error: unknown) => {
        if (!(error instanceof EtudeError)) throw error;
        log(
          'info',
          `starts from the beginning, because what the cached run kept is unusable: ${error.message}`,
        );
      });
    }
    const counts = countSteps(trainSplit.size, params);
    const short = scheduleWarning(params, counts.maxSteps);
    if (short !== undefined) log('warning', short);
    let rowsComputed: number | undefined;
    const state = await train({
      model,
      args: { ...params, ownMetrics },
      train: trainSplit,
      evaluation,
      scratch,
      store: { objects, chunks, code, engine: id },
      onComputed: (clips) => {
        rowsComputed = (rowsComputed ?? 0) + clips;
      },
      trackers: openTrackers(context, model),
      signal,
      progress,
      log,
    });
    await opened.dispose();
    const adapter = finishLora();
    const artifact = await storeModel(model, state, counts, params, trainSplit, files, objects, adapter);
    const { accuracy } = artifact.metrics;
    if (evaluation !== undefined && accuracy !== undefined) {
      const sentence = baselineWarning(labels, evaluation, accuracy);
      if (sentence !== undefined) log('warning', sentence);
    }
    const { keepIfPossible } = await import('../src/learning/training/keep-if-possible.js');
    const kept = await keepIfPossible(context, state);
    const summary = describeMain(artifact.metrics, problem_type) ?? count(state.global_step, 'step');
    return { artifact, rowsComputed, summary, kept };
  },
});

export default train;

function locating({ initial_weights, revision }: TrainParams): CheckpointOptions {
  return { param: 'model', weights: initial_weights === 'pretrained', revision };
}

/** The name that an adapter of the model would give its base; none for one that has an adapter merged. */
function nameOnHub(files: Source['files']): string | undefined {
  if (files.some(({ name }) => name === ADAPTER_CONFIG)) return undefined;
  return files.find(({ origin }) => origin !== undefined)?.origin?.id;
}
