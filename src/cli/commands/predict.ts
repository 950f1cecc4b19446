import type { AudioInput, Prediction } from '../../index.js';
import { understandsEscapes } from '../../terminal/colors.js';
import { clean, type Line, span } from '../../terminal/line.js';
import { writeLine } from '../../terminal/output.js';
import { toJson } from '../../terminal/terminal-text.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { LengthWarning } from '../length-warning.js';
import { openRecipe, projectOf, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { showDownload } from '../show-download.js';
import { warnOnStderr } from '../warn.js';

export interface PredictCommandOptions extends RecipeOptions {
  topK: number;
  batchSize: number;
  windowLength?: number;
  hopLength?: number;
  aggregate?: 'mean_logits' | 'max' | 'vote';
  json?: boolean;
  revision?: string;
}

/**
 * `etude predict MODEL FILE…`: the classes of clips, as from transformers'
 * `pipeline("audio-classification")`.
 */
export async function predict(model: string, paths: string[], options: PredictCommandOptions): Promise<void> {
  const inputs = paths.map((path) => (path === STDIN ? standardInput : path));
  const project = projectOf(options);
  const classifier = await project.loadClassifier(model, {
    revision: options.revision,
    progress: understandsEscapes(process.stderr, process.env) ? showDownload : undefined,
    open: (recipe) => openRecipe(recipe, options, { project }),
  });
  const predictions: Prediction[] = [];
  const length =
    options.windowLength === undefined ? new LengthWarning(classifier.trainedSeconds) : undefined;
  const onDecoded = length?.decoded.bind(length);
  for await (const prediction of classifier.classify(inputs, { ...options, onDecoded })) {
    print(prediction, options);
    predictions.push(prediction);
  }
  await classifier.close();
  length?.end();
  const failed = predictions.filter((prediction) => 'error' in prediction).length;
  if (failed === 0) return;
  if (predictions.length > 1)
    warnOnStderr(`${failed} of ${count(predictions.length, 'clip')} could not be classified`);
  process.exitCode = EXIT.failed;
}

const STDIN = '-';
let piped: Promise<Uint8Array> | undefined;

/** A clip that is piped in; read once, however often it is named. */
const standardInput: AudioInput = {
  file: STDIN,
  read() {
    piped ??= readAll(process.stdin);
    return piped;
  },
};

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
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
