import { countSteps } from '../../learning/training/argument-checks.js';
import type { PipelineStage } from '../../pipeline/recipe/pipeline.js';
import type { TrainParams } from '../../stage/params.js';
import { formatLoss, formatNumber } from '../../terminal/format.js';
import { count } from '../../util/words.js';
import { chooseBatch, guessingLoss } from './batch.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import { reachOf } from './schedule.js';
import { type Learned, type SmallTrainingOptions, trainOnFew } from './small-training.js';
import type { TrainingFacts } from './training-facts.js';

/** Clips that are to be learned by heart. */
const CLIPS = 16;
/** They are, once the loss is this share of what guessing gives. */
const BY_HEART = 0.1;
/** Below this share, they are being learned. */
const LEARNING = 0.5;
/**
 * If they are not, these learning rates tell whether it is due to the recipe's: large pretrained models soon
 * learn a few clips by heart at the first, small ones and new weights alone at the second.
 */
const OTHER_RATES = [2e-4, 2e-3];
/** Those that differ less from the recipe's would tell nothing new. */
const FAR = 2;

export interface OverfitOptions extends SmallTrainingOptions {
  /** The most updates of a training; 0: the check is left out. */
  steps: number;
}

/**
 * Trains on 16 clips until they are known by heart: a training that cannot do that does not learn from more
 * clips either. If it fails at the recipe's learning rate, it is tried at a usual one, to tell a rate that is
 * too low or too high from anything else.
 *
 * @throws The signal's reason when aborted.
 */
export async function checkOverfit(
  training: PipelineStage,
  facts: Pick<TrainingFacts, 'params' | 'clips' | 'labelled' | 'run'>,
  { steps, ...options }: OverfitOptions,
): Promise<Finding> {
  const { params, clips, labelled, run } = facts;
  if (steps === 0) return unchecked('overfit', 'it was left out');
  const input = Object.values(training.from)[0]!;
  const dataset = options.entries.get(input)?.artifact;
  if (dataset?.kind !== 'dataset')
    return unchecked('overfit', `'${input}' is not in the cache`, `Compute it with: ${run(input)}`);
  if ('missing' in labelled) return unchecked('overfit', labelled.missing, labelled.advice);
  const { labels } = labelled.train;
  const width = labels.length / Math.max(1, clips ?? 0);
  if (!(width >= 1)) return unchecked('overfit', `split '${params.train_split}' is empty`);
  const rows = chooseBatch(labels, width, CLIPS);
  const chosen = rows.flatMap((row) => labels.slice(row * width, (row + 1) * width));
  const guess = guessingLoss(chosen, width, params.problem_type);
  if (guess === 0) return unchecked('overfit', 'all clips have the same label, which takes no learning');

  const rate = params.learning_rate;
  const attempt = (learning_rate: number) =>
    trainOnFew(training, { dataset, rows, steps, learning_rate, done: guess * BY_HEART }, options);
  const isLearning = ({ last, error }: Learned) => error === undefined && last <= guess * LEARNING;
  const first = await attempt(rate);
  const which = `a training on ${count(rows.length, 'clip')}`;
  if (isLearning(first)) return fine('overfit', `${which} learns them: ${course(first, rate)}`);
  const found =
    first.error !== undefined
      ? `${which} fails at a learning rate of ${formatNumber(rate)}: ${first.error}`
      : `${which} does not learn them: ${course(first, rate)}, and knowing only how frequent the labels are gives ${formatLoss(guess)}`;
  const others = OTHER_RATES.filter((other) => Math.max(rate / other, other / rate) >= FAR);
  let second: Learned | undefined;
  let other = rate;
  for (other of others) {
    second = await attempt(other);
    if (isLearning(second)) break;
  }
  if (second === undefined || !isLearning(second)) {
    const nor = others.length === 0 ? '' : `; nor at ${others.map(formatNumber).join(' or ')}`;
    return problem('overfit', found + nor, adviceFor(params));
  }
  const both = `${found}; but ${course(second, other)}`;
  if (rate > other)
    return problem('overfit', both, `Lower learning_rate, towards ${formatNumber(other)}: it is too high.`);
  // The recipe's training goes on for longer: then these updates were too few to tell.
  if (reachOf(params, countSteps(clips!, params).maxSteps) > 2 * rate * steps)
    return unchecked(
      'overfit',
      `${steps} updates are too few to tell: ${both}`,
      `Make more of them: --steps ${steps * 4}.`,
    );
  return problem(
    'overfit',
    both,
    `The learning rate is too low for so short a training: raise learning_rate towards ${formatNumber(other)}, or train longer.`,
  );
}

function course({ first, last, steps }: Learned, rate: number): string {
  return `the loss goes from ${formatLoss(first)} to ${formatLoss(last)} in ${count(steps, 'update')} at a learning rate of ${formatNumber(rate)}`;
}

function adviceFor({ freeze_base_model, freeze_layers, label_column, input_column }: TrainParams): string {
  const frozen = freeze_base_model || freeze_layers > 0 ? 'Freeze less of the model. ' : '';
  return (
    `${frozen}Something between data and loss is wrong: check that '${label_column}' and '${input_column}' belong ` +
    'together (etude show), that the clips can be heard (etude play), and that the checkpoint is a pretrained one.'
  );
}
