import { countSteps } from '../../learning/training/argument-checks.js';
import { learningRate, type ScheduleArguments, warmupSteps } from '../../learning/training/learning-rate.js';
import { scheduleWarning } from '../../learning/training/scheduler-checks.js';
import type { TrainParams } from '../../stage/params.js';
import { formatNumber } from '../../terminal/format.js';
import { count } from '../../util/words.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/**
 * AdamW moves a weight by about the learning rate in each update, so the sum of all rates is how far it gets.
 * New weights are drawn with a standard deviation of 0.02, and trainings that move them by less than this do
 * not learn: the audio-classification guide's MInDS-14 (3e-5, 40 updates: 6e-4) does not, its keyword
 * spotting (3e-5, 2000 updates: 0.03) does.
 */
const REACH = 3e-3;

/** Warm-up that takes up more of the training than this leaves no time to learn. */
const MOST_WARMUP = 0.5;

/** Compares the learning rate with the length of the schedule. */
export function checkSchedule({ params, clips }: Pick<TrainingFacts, 'params' | 'clips'>): Finding {
  if (clips === undefined || clips === 0)
    return unchecked(
      'schedule',
      'how many clips there are to train on is not known before the data are read',
    );
  const { maxSteps, batches, updates } = countSteps(clips, params);
  const ends = scheduleWarning(params, maxSteps);
  if (ends !== undefined)
    return problem('schedule', ends, 'Set num_training_steps to the length of the training, or remove it.');
  const warmup = warmupSteps(params, maxSteps);
  const passes = maxSteps / updates;
  const epochs = `${formatNumber(passes)} ${passes === 1 ? 'epoch' : 'epochs'} of ${count(batches, 'batch')}`;
  if (warmup > MOST_WARMUP * maxSteps)
    return problem(
      'schedule',
      `warm-up takes ${warmup} of ${count(maxSteps, 'update')} (${epochs}): the learning rate is rarely at ${formatNumber(params.learning_rate)}, if ever`,
      `Train longer, or lower ${params.warmup_steps > 0 ? 'warmup_steps' : 'warmup_ratio'}.`,
    );
  const reach = reachOf(params, maxSteps);
  const sum = `${count(maxSteps, 'update')} (${epochs}) at learning rates up to ${formatNumber(params.learning_rate)} move a weight by about ${formatNumber(reach)} in all`;
  if (reach >= REACH) return fine('schedule', sum);
  const times = Math.ceil(REACH / reach);
  const more = params.gradient_accumulation_steps;
  const advice = [
    `train ${times} times as long (${params.max_steps > 0 ? `max_steps ${maxSteps * times}` : `num_train_epochs ${Math.ceil(params.num_train_epochs * times)}`})`,
    ...(more > 1 ? [`set gradient_accumulation_steps to 1, for ${more} times as many updates`] : []),
    ...higherRate(params, params.learning_rate * times),
  ];
  return problem(
    'schedule',
    `${sum}; trainings that move them by less than ${REACH} rarely learn`,
    `Any of these, or some of each: ${advice.join('; ')}.`,
  );
}

/**
 * Advice to raise the learning rate: at higher rates than these, a pretrained model forgets what it knows.
 */
function higherRate({ learning_rate, freeze_base_model, peft }: TrainParams, wanted: number): string[] {
  const most = Math.min(wanted, freeze_base_model || peft !== undefined ? 5e-3 : 3e-4);
  return most > learning_rate ? [`raise learning_rate, to ${Number(most.toPrecision(1))} at most`] : [];
}

/**
 * The sum of the learning rates of all updates; of a schedule that depends on evaluations, the most it can
 * be.
 */
export function reachOf(params: TrainParams, steps: number): number {
  if (params.lr_scheduler_type === 'reduce_lr_on_plateau') return steps * params.learning_rate;
  let sum = 0;
  for (let step = 0; step < steps; step += 1) sum += learningRate(step, steps, params as ScheduleArguments);
  return sum;
}
