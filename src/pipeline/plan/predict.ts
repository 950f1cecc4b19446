import type { Entry, Work } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** Seconds that a stage is expected to take: the likeliest, and a range where that is unsure. */
export interface Prediction {
  predictedSeconds: number;
  predictedRange?: [low: number, high: number];
}

/** What starting the process of a stage takes, whatever it then does. Seconds. */
const START = 0.5;
/** Past runs that a stage without one of its own is put beside. */
const BESIDE = 5;
/** A guess may be off by this factor either way. */
const UNSURE = 1.6;
/** Work that is so many times more or less than what was seen says little about the time. */
const FAR = 4;

/**
 * The time of a stage from what this machine took for the same type of stage: by the rate of its own last run, else by those of the runs
 * whose amount of work was most like its own.
 *
 * @param near The past run nearest to it, if any.
 * @param past Results of the same stage type.
 * @returns `undefined` where nothing of the kind has run here.
 */
export function predictTime(
  stage: PipelineStage,
  work: Work,
  near: Entry | undefined,
  past: readonly Entry[],
): Prediction | undefined {
  if (near !== undefined && isSample(stage, near)) {
    const { seconds, sure } = scaled(stage, work, near);
    const fitted = onLine(
      work,
      near,
      past.filter((entry) => isSample(stage, entry) && sameEngine(entry, near)),
    );
    if (fitted !== undefined) return { predictedSeconds: fitted };
    if (sure) return { predictedSeconds: seconds };
    // Loading and compiling may have been most of the past time.
    return around(seconds > near.seconds ? Math.min(near.seconds, seconds / UNSURE) : seconds, seconds);
  }
  const like = past
    .filter((entry) => isSample(stage, entry) && sameEngine(entry, near))
    .map((entry) => scaled(stage, work, entry))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, BESIDE);
  if (like.length > 0) {
    const times = like.map(({ seconds }) => seconds);
    return around(Math.min(...times), Math.max(...times));
  }
  return near && { predictedSeconds: byCost(stage, near) };
}

/** A run here whose amount of work is known, and all of which was done. */
function isSample({ type }: PipelineStage, { work, provenance, rowsComputed }: Entry): boolean {
  if (work === undefined || provenance !== undefined) return false;
  return !type.chunkwise || (rowsComputed ?? 0) >= (work.rows ?? 1);
}

function sameEngine(entry: Entry, near: Entry | undefined): boolean {
  return near === undefined || entry.parts.libraries.engine === near.parts.libraries.engine;
}

function scaled(
  stage: PipelineStage,
  now: Work,
  entry: Entry,
): { seconds: number; distance: number; sure: boolean } {
  const then = entry.work!;
  // Files count for what reads them, and for what computes with the model in them: of the others they are settings.
  const factors: (keyof Work)[] = stage.type.usesEngine
    ? ['rows', 'bytes', 'rowBytes']
    : now.rows === undefined
      ? ['bytes']
      : ['rows', 'rowBytes'];
  const ratios = factors.map((factor) => (now[factor] ?? Number.NaN) / (then[factor] ?? Number.NaN));
  const known = ratios.filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  const ratio = known.reduce((product, each) => product * each, 1);
  const distance = known.reduce((total, each) => total + Math.abs(Math.log(each)), 0);
  const seconds = Math.min(START, entry.seconds) + Math.max(0, entry.seconds - START) * ratio;
  return { seconds, distance, sure: distance < Math.log(FAR) };
}

/**
 * The time on the line through past runs with the same model and data a row, by least squares: it tells what loading and compiling take from
 * what each row takes. `undefined` where they are too much alike for one, or this work is far from theirs.
 */
function onLine({ rows, ...now }: Work, near: Entry, past: readonly Entry[]): number | undefined {
  const points = past
    .filter(({ work }) => alike(work!, now) && alike(work!, near.work!) && work!.rows !== undefined)
    .map((entry) => ({ x: entry.work!.rows!, y: entry.seconds }));
  const xs = points.map(({ x }) => x);
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  if (rows === undefined || most < 2 * least || rows > FAR * most || rows < least / FAR) return undefined;
  const mean = (of: readonly number[]) => of.reduce((sum, each) => sum + each, 0) / of.length;
  const [x, y] = [mean(xs), mean(points.map((point) => point.y))];
  const slope =
    mean(points.map((point) => (point.x - x) * (point.y - y))) /
    mean(points.map((point) => (point.x - x) ** 2));
  const start = y - slope * x;
  return slope > 0 && start > 0 ? start + slope * rows : undefined;
}

/** Whether model and data a row are of one size, as far as both are known. */
function alike(a: Work, b: Work): boolean {
  return (['bytes', 'rowBytes'] as const).every((key) => {
    const ratio = (a[key] ?? 1) / (b[key] ?? a[key] ?? 1);
    return a[key] === undefined || (ratio > 0.8 && ratio < 1.25);
  });
}

/** Before runs told of their work: the past time, scaled by what the parameters alone say. */
function byCost(stage: PipelineStage, past: Entry): number {
  const cost = stage.type.cost?.(stage.with) ?? 1;
  return past.cost > 0 && cost > 0 ? past.seconds * (cost / past.cost) : past.seconds;
}

function around(low: number, high: number): Prediction {
  const middle = Math.sqrt(low * high);
  return {
    predictedSeconds: middle,
    predictedRange: [Math.min(low, middle / UNSURE), Math.max(high, middle * UNSURE)],
  };
}
