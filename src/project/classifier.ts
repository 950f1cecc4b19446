import { availableParallelism } from 'node:os';
import { openEngine } from '../engine/open-engine.js';
import { SHORTEST_WINDOW, type WindowOptions, windowsOfAnswer } from '../learning/audio/clip-windows.js';
import type { NamedFile } from '../learning/model/tensor-files.js';
import { type AudioInput, audioInputs } from '../learning/predict/audio-inputs.js';
import { Classifier } from '../learning/predict/classifier.js';
import { locateModel } from '../learning/predict/locate-model.js';
import { predictFiles } from '../learning/predict/predict-files.js';
import type { Prediction } from '../learning/predict/prediction.js';
import type { EnsureOptions } from '../stage/stage-type.js';
import { EtudeError } from '../util/errors.js';
import { cachedArtifact } from './artifact.js';
import type { OpenedProject, OpenedRecipe } from './project-types.js';

export interface LoadClassifierOptions extends EnsureOptions {
  /** For a model on the Hub: a branch, a tag or a commit. Default `main`. */
  revision?: string;
  /** Opens the recipe that the model is a stage of. Default: `project.open`. */
  open?(file: string): Promise<OpenedRecipe>;
}

export interface ClassifyOptions {
  /** Classes per clip, the best first. Default 5. */
  topK?: number;
  /** Clips that are decoded, and if possible computed, at a time. Default 1. */
  batchSize?: number;
  /**
   * Seconds: clips are cut into windows of this length, as by the stage type `window`. Default: not at all.
   */
  windowLength?: number;
  /** Seconds from the start of a window to that of the next. Default: `windowLength`. */
  hopLength?: number;
  /** How the windows of a clip become one answer. Default `mean_logits`. */
  aggregate?: 'mean_logits' | 'max' | 'vote';
  /** Called with each clip that could be decoded, before it is computed; its duration in seconds. */
  onDecoded?(clip: { file: string; duration: number }): void;
}

/** A trained model, loaded once and called many times. Made by `Project.loadClassifier`. */
export interface LoadedClassifier {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[];
  /** Seconds of the longest training clip, if known. */
  readonly trainedSeconds: number | undefined;
  /**
   * Classifies clips, in order. One that cannot be read or decoded gives an error in its place.
   *
   * @param clips Audio files, folders (all audio below them), or what reads the bytes of a clip. Relative
   *   paths start from the project's `dir`. A folder without audio gives an error, too.
   */
  classify(
    clips: readonly (string | AudioInput)[],
    options?: ClassifyOptions,
  ): AsyncGenerator<Prediction, void, undefined>;
  /** Releases the tensor engine and its memory. */
  close(): Promise<void>;
}

/** See `Project.loadClassifier`. */
export async function loadClassifier(
  project: OpenedProject,
  model: string,
  options: LoadClassifierOptions & Required<Pick<LoadClassifierOptions, 'open'>>,
): Promise<LoadedClassifier> {
  const files = await filesOfModel(project, model, options);
  const { name, device, note } = await project.resolveEngine({ check: true });
  if (note !== undefined) project.warn(note);
  const threads = availableParallelism();
  const engine = await openEngine(...([name, { threads, device }] as Parameters<typeof openEngine>));
  try {
    return classifierOf(await Classifier.open(files, model), project, () => engine.dispose());
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

function classifierOf(
  classifier: Classifier,
  project: OpenedProject,
  close: () => Promise<void>,
): LoadedClassifier {
  const { labels, trainedLength, extractor } = classifier;
  const pathOf = (path: string) => project.pathOf(path);
  return {
    labels,
    trainedSeconds: trainedLength === undefined ? undefined : trainedLength / extractor.sampling_rate,
    async *classify(clips, { topK = 5, batchSize = 1, windowLength, hopLength, aggregate, onDecoded } = {}) {
      const windows = windowsOf(windowLength, hopLength, aggregate);
      const inputs: AudioInput[] = [];
      for (const clip of clips)
        inputs.push(...(typeof clip === 'string' ? await audioInputs([clip], pathOf) : [clip]));
      yield* predictFiles(classifier, inputs, { topK, batchSize, windows, aggregate, onDecoded });
    },
    close,
  };
}

/** How clips are cut, if they are. */
function windowsOf(
  windowLength: number | undefined,
  hopLength: number | undefined,
  aggregate: string | undefined,
): WindowOptions | undefined {
  for (const length of [windowLength, hopLength])
    if (length !== undefined && !(length >= SHORTEST_WINDOW && length < Number.POSITIVE_INFINITY))
      throw new EtudeError('not a length of windows', {
        expected: `seconds, from ${SHORTEST_WINDOW}`,
        got: String(length),
      });
  if (windowLength === undefined) {
    if (hopLength === undefined && aggregate === undefined) return undefined;
    throw new EtudeError('nothing says how long windows are', { expected: 'a window length in seconds' });
  }
  return windowsOfAnswer(windowLength, hopLength);
}

/** The files of a model, named as `Project.loadClassifier` takes it. */
export async function filesOfModel(
  project: OpenedProject,
  model: string,
  { open, ...options }: LoadClassifierOptions & Required<Pick<LoadClassifierOptions, 'open'>>,
): Promise<NamedFile[]> {
  const stage = /^(.+\.ya?ml)(?::([^:/\\]+))?$/i.exec(model);
  if (stage === null)
    return locateModel(model, project.place, { log: (text) => project.warn(text), ...options });
  const [, file = '', id] = stage;
  return filesOfStage(await open(file), id, file);
}

/** The files of the model that a recipe's train stage produced. */
async function filesOfStage(
  recipe: OpenedRecipe,
  id: string | undefined,
  shown: string,
): Promise<NamedFile[]> {
  const stage = id ?? onlyModel(recipe, shown);
  const { artifact, objects } = await cachedArtifact(recipe, stage, { anyEngine: true });
  if (artifact.kind !== 'model')
    throw new EtudeError(`stage '${stage}' produces no model`, {
      expected: 'a train stage',
      got: `a ${artifact.kind}`,
    });
  const named = Object.entries(artifact.files);
  return Promise.all(named.map(async ([name, ref]) => ({ name, path: await objects.pathOf(ref) })));
}

/** The only stage of a recipe that produces a model. */
function onlyModel({ pipeline }: OpenedRecipe, shown: string): string {
  const models = pipeline.stages.filter(({ type }) => type.output === 'model').map(({ id }) => id);
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  throw new EtudeError(
    models.length === 0 ? 'the recipe trains no model' : 'the recipe trains several models',
    {
      expected:
        models.length === 0
          ? 'a recipe with a train stage'
          : models.map((id) => `${shown}:${id}`).join(' or '),
      where: { file: shown },
    },
  );
}
