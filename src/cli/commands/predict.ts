import { availableParallelism } from 'node:os';
import { resolveEngine } from '../../engine/resolve-engine.js';
import type { NamedFile } from '../../learning/model/tensor-files.js';
import type { Prediction } from '../../learning/predict/predict-files.js';
import { type RecipeOptions, warnOnStderr } from '../../project/open-recipe.js';
import type { Progress } from '../../stage/stage-type.js';
import { understandsEscapes } from '../../terminal/colors.js';
import { count, formatAmount, formatDuration } from '../../terminal/format.js';
import { clean, type Line, span } from '../../terminal/line.js';
import { writeLine, writePainted } from '../../terminal/output.js';
import { ERASE_REST, joinPainted, LINE_START, paintText, toJson } from '../../terminal/terminal-text.js';
import { EtudeError } from '../../util/errors.js';
import { EXIT } from '../errors.js';
import { printLines } from '../print.js';

export interface PredictCommandOptions extends RecipeOptions {
  topK: number;
  batchSize: number;
  json?: boolean;
  revision?: string;
}

/** A clip this many times as long as the longest of the training is worth a warning. */
const MUCH_LONGER = 2;

/** `etude predict MODEL FILE…`: the classes of clips, as transformers' `pipeline("audio-classification")` tells them. */
export async function predict(model: string, paths: string[], options: PredictCommandOptions): Promise<void> {
  const { audioInputs } = await import('../../learning/predict/audio-inputs.js');
  const inputs = await audioInputs(paths, process.stdin);
  const files = await modelFiles(model, options);
  const { name, device, note } = await resolveEngine(options, { check: true });
  if (note !== undefined) warnOnStderr(note);

  const { openEngine } = await import('../../engine/choose.js');
  const threads = availableParallelism();
  const engine = await openEngine(...([name, { threads, device }] as Parameters<typeof openEngine>));
  const { Classifier } = await import('../../learning/predict/classifier.js');
  const { predictFiles } = await import('../../learning/predict/predict-files.js');
  const classifier = await Classifier.open(files, model);
  const predictions: Prediction[] = [];
  for await (const prediction of predictFiles(classifier, inputs, options)) {
    print(prediction, options);
    predictions.push(prediction);
  }
  await engine.dispose();

  const { trainedLength, extractor } = classifier;
  if (trainedLength !== undefined) warnOfLength(predictions, trainedLength / extractor.sampling_rate);
  const failed = predictions.filter((prediction) => 'error' in prediction).length;
  if (failed === 0) return;
  if (predictions.length > 1)
    warnOnStderr(`${failed} of ${count(predictions.length, 'clip')} could not be classified`);
  process.exitCode = EXIT.failed;
}

/** The files of what the user calls a model. */
async function modelFiles(model: string, options: PredictCommandOptions): Promise<NamedFile[]> {
  const stage = /^(.+\.ya?ml)(?::([^:/\\]+))?$/i.exec(model);
  if (stage !== null) return await stageFiles(stage[1]!, stage[2], options);
  const { join } = await import('node:path');
  const { placeOf } = await import('../../pipeline/recipe/place.js');
  const { locateModel } = await import('../../learning/predict/locate-model.js');
  const { printHubWarnings } = await import('../../project/open-recipe.js');
  const files = await locateModel(model, placeOf(join(process.cwd(), 'recipe.yaml')), {
    revision: options.revision,
    log: warnOnStderr,
    progress: understandsEscapes(process.stderr, process.env) ? showDownload : undefined,
  });
  await printHubWarnings();
  return files;
}

/** Writes over the line before, and takes it away in the end. */
function showDownload({ phase, done, total, unit }: Progress): void {
  const line = `${phase} ${formatAmount(done, total, unit)}`;
  const text = paintText(done === total ? '' : line);
  writePainted(process.stderr, joinPainted([LINE_START, text, ERASE_REST]));
}

/** The files of the model that a train stage of a recipe made. */
async function stageFiles(
  recipe: string,
  id: string | undefined,
  options: PredictCommandOptions,
): Promise<NamedFile[]> {
  const { cachedArtifact } = await import('../../project/cached-artifact.js');
  const stage = id ?? (await onlyModel(recipe, options));
  const { artifact, objects } = await cachedArtifact(recipe, stage, { ...options, anyEngine: true });
  if (artifact.kind !== 'model')
    throw new EtudeError(`stage '${stage}' makes no model`, {
      expected: 'a train stage',
      got: `a ${artifact.kind}`,
    });
  const named = Object.entries(artifact.files);
  return Promise.all(named.map(async ([name, ref]) => ({ name, path: await objects.pathOf(ref) })));
}

/** The one stage of a recipe that makes a model. */
async function onlyModel(recipe: string, options: PredictCommandOptions): Promise<string> {
  const { openRecipe } = await import('../../project/open-recipe.js');
  const { stages } = await openRecipe(recipe, options);
  const models = stages.filter(({ type }) => type.output === 'model').map(({ id }) => id);
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  throw new EtudeError(
    models.length === 0 ? 'the recipe trains no model' : 'the recipe trains several models',
    {
      expected:
        models.length === 0
          ? 'a recipe with a train stage'
          : models.map((id) => `${recipe}:${id}`).join(' or '),
      where: { file: recipe },
    },
  );
}

function print(prediction: Prediction, { json, topK }: PredictCommandOptions): void {
  const { file } = prediction;
  if ('error' in prediction) warnOnStderr(clean(prediction.error));
  if (json) {
    const { duration, ...rest } = prediction;
    writeLine(process.stdout, toJson(rest));
  } else if ('scores' in prediction) printLines(predictionLines(file, prediction.scores, topK));
}

/** A clip's classes, best first; on one line if only the best is wanted. */
export function predictionLines(
  file: string,
  scores: readonly { label: string; score: number }[],
  topK: number,
): Line[] {
  const cells = (label: string, score: number): Line => [
    span(score.toFixed(4)),
    span('  '),
    span(clean(label), 'bold'),
  ];
  const [best] = scores;
  if (topK === 1 && best !== undefined)
    return [[...cells(best.label, best.score), span('  '), span(clean(file), 'dim')]];
  return [
    [span(clean(file))],
    ...scores.map(({ label, score }): Line => [span('  '), ...cells(label, score)]),
  ];
}

/** What was learnt from short clips says little of long ones: the model hears all of a clip, as the pipeline has it. */
function warnOfLength(predictions: readonly Prediction[], trained: number): void {
  const long = predictions.filter(({ duration = 0 }) => duration > MUCH_LONGER * trained);
  const longest = long.reduce((most, { duration = 0 }) => Math.max(most, duration), 0);
  if (long.length === 0) return;
  const [first] = long;
  const which = long.length === 1 ? `'${first!.file}' is` : `${count(long.length, 'clip')} are`;
  const upTo = long.length === 1 ? formatDuration(longest) : `up to ${formatDuration(longest)}`;
  warnOnStderr(
    `${which} much longer (${upTo}) than what the model was trained on (at most ${formatDuration(trained)}): do not rely on these scores`,
  );
}
