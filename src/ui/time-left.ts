import { perSecond } from './rate.js';
import { isQueued, type StageView } from './view-model.js';

/** If the ends of a range differ by less than this factor, they count as one time. */
export const CLOSE = 1.25;

/**
 * Seconds that a running stage will still take, at `now` (milliseconds since the run began); `undefined` if
 * unknown.
 */
export function secondsLeft(stage: StageView, now: number): number | undefined {
  // A guess is shown as a range or not at all.
  const [low, high] = stage.predictedRange ?? [1, 1];
  const predicted = high < CLOSE * low ? stage.predictedSeconds : undefined;
  return secondsByRate(stage, now) ?? secondsAfter(stage, now, predicted);
}

/** Like `secondsLeft`, as a range: from the stage's own speed once that is known, otherwise as predicted. */
function rangeLeft(stage: StageView, now: number): [low: number, high: number] | undefined {
  const { predictedSeconds, predictedRange = [predictedSeconds, predictedSeconds] } = stage;
  if (stage.state !== 'running' || isQueued(stage)) {
    const [low, high] = predictedRange;
    return low === undefined || high === undefined ? undefined : [low, high];
  }
  const measured = secondsByRate(stage, now);
  if (measured !== undefined) return [measured, measured];
  const high = secondsAfter(stage, now, predictedRange[1]);
  return high === undefined ? undefined : [secondsAfter(stage, now, predictedRange[0]) ?? 0, high];
}

function secondsByRate(stage: StageView, now: number): number | undefined {
  const { progress } = stage;
  const training = progress?.training;
  const rate = training ? stage.steps : stage.rate;
  const speed = perSecond(rate);
  const remaining = training
    ? training.max_steps - training.step
    : (progress?.total ?? Number.NaN) - (progress?.done ?? 0);
  if (rate === undefined || speed === undefined || speed <= 0 || !Number.isFinite(remaining))
    return undefined;
  return Math.max(0, remaining / speed - Math.max(0, now - rate.at) / 1000);
}

function secondsAfter({ startedAt }: StageView, now: number, predicted?: number): number | undefined {
  if (predicted === undefined || startedAt === undefined) return undefined;
  const left = predicted - (now - startedAt) / 1000;
  return left > 0 ? left : undefined;
}

/**
 * Seconds until the last stage is done, as a range: the longest path through the remaining stages, or the sum
 * of those that run one at a time; `undefined` unless all their times are known.
 */
export function wholeTimeLeft(
  stages: readonly StageView[],
  now: number,
): [low: number, high: number] | undefined {
  const left = new Map<string, readonly [number, number]>();
  for (const stage of stages) {
    if (stage.state === 'finished') continue;
    const waitsForHit = stage.state !== 'running' && stage.planned === 'hit';
    const own = waitsForHit ? ([0, 0] as const) : rangeLeft(stage, now);
    if (own === undefined) return undefined;
    left.set(stage.id, own);
  }
  return left.size === 0 ? undefined : [longestWay(stages, left, 0), longestWay(stages, left, 1)];
}

function longestWay(
  stages: readonly StageView[],
  left: ReadonlyMap<string, readonly [number, number]>,
  end: 0 | 1,
): number {
  const until = new Map<string, number>();
  let alone = 0;
  for (const stage of stages) {
    const own = left.get(stage.id)?.[end];
    if (own === undefined) continue;
    if (stage.alone) alone += own;
    until.set(stage.id, own + Math.max(0, ...stage.from.map((id) => until.get(id) ?? 0)));
  }
  return Math.max(alone, ...until.values());
}
