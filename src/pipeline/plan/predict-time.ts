import type { Entry, Work } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import { fitLine } from './fit-line.js';

/** The expected seconds of a stage: the most likely, and the range in which 19 of 20 runs should be. */
export interface Prediction {
  predictedSeconds: number;
  predictedRange: [low: number, high: number];
}

/** What starting a stage's process takes, whatever it then does. Seconds. */
const START = 0.5;
/**
 * The longest time that loading a model and compiling its graphs may take, if only one run is known. Seconds.
 */
const LONGEST_START = 30;
/** The most past runs that a prediction uses. */
const MOST_RUNS = 12;
/** The number of newest runs that these are chosen from. */
const LOOKED_AT = 200;
/** Models and rows count as equal in size up to this factor. */
const ALIKE = Math.log(1.25);
/**
 * How much the times of equal runs differ before any were seen (in logarithms), and how many runs that counts
 * for.
 */
const NOISE = 0.35;
const NOISE_RUNS = 4;
/** The uncertainty of the time for a model, or rows, of e times the size. */
const NOISE_OF_SIZE = 0.5;
/** The error in either direction if the amount of work is not known. */
const UNKNOWN_WORK = 3;

/** A past run: its time, and its work in units of the work to do. */
interface Run {
  amount: number;
  seconds: number;
  /** How far its model and rows differ in size from the current ones, in logarithms. */
  unlike: number;
}

/**
 * The time of a stage, predicted from what this machine took for the same type of stage: from past runs with
 * a model and rows of the same size, otherwise from those nearest in size. If their amounts of work differ
 * enough, a line through them separates loading and compiling from the time per row; otherwise both are
 * possible. The range grows with the spread of the runs, with the distance from them, and if they are few: it
 * is never a single figure.
 *
 * @param near The past run nearest to it, if any.
 * @param past Results of the same stage type.
 * @returns `undefined` if nothing similar has run here: no rate is valid for every machine.
 */
export function predictTime(
  stage: PipelineStage,
  work: Work,
  near: Entry | undefined,
  past: readonly Entry[],
): Prediction | undefined {
  if (past.length === 0 && near === undefined) return undefined;
  const isFit = (entry: Entry) => isSample(stage, entry) && sameEngine(entry, near);
  const samples = newest(past, near && `engine ${near.parts.libraries.engine}`, isFit);
  const all = [...new Set(near !== undefined && isFit(near) ? [near, ...samples] : samples)].map((entry) =>
    runOf(stage, work, entry),
  );
  const alike = all.filter(({ unlike }) => unlike < ALIKE);
  const distance = ({ amount, unlike }: Run) => Math.abs(Math.log(amount)) + unlike;
  const runs = (alike.length > 0 ? alike : all).sort((a, b) => distance(a) - distance(b)).slice(0, MOST_RUNS);
  if (runs.length > 0) return fromRuns(runs, stage.type.usesEngine === true);
  if (near === undefined) return undefined;
  const seconds = byCost(stage, near);
  return within(seconds, seconds, Math.log(UNKNOWN_WORK), seconds);
}

/** Chosen once per list of entries, which a plan needs for every stage; by the engine of the runs. */
const chosen = new WeakMap<readonly Entry[], Map<string | undefined, readonly Entry[]>>();

/** The newest entries of a stage type that can be learnt from. */
function newest(
  past: readonly Entry[],
  engine: string | undefined,
  isFit: (entry: Entry) => boolean,
): readonly Entry[] {
  const byEngine = chosen.get(past) ?? new Map<string | undefined, readonly Entry[]>();
  chosen.set(past, byEngine);
  const samples = byEngine.get(engine) ?? past.filter(isFit).slice(0, LOOKED_AT);
  byEngine.set(engine, samples);
  return samples;
}

/** A run on this machine whose amount of work is known, and which did all of it. */
function isSample({ type }: PipelineStage, { work, provenance, rowsComputed }: Entry): boolean {
  if (work === undefined || provenance !== undefined) return false;
  return !type.chunkwise || (rowsComputed ?? 0) >= (work.rows ?? 1);
}

function sameEngine(entry: Entry, near: Entry | undefined): boolean {
  return near === undefined || entry.parts.libraries.engine === near.parts.libraries.engine;
}

function runOf({ type }: PipelineStage, now: Work, { work: then, seconds }: Entry): Run {
  // Files count for what reads them, and for what computes with the model in them: for others they are
  // settings.
  const sizes: (keyof Work)[] = type.usesEngine
    ? ['bytes', 'rowBytes']
    : now.rows === undefined
      ? ['bytes']
      : ['rowBytes'];
  const ratio = (factor: keyof Work) => {
    const value = (then![factor] ?? Number.NaN) / (now[factor] ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : 1;
  };
  const amount = ratio('rows') * sizes.reduce((product, size) => product * ratio(size), 1);
  const isAmount = now.rows === undefined && !type.usesEngine;
  const unlike = isAmount ? 0 : sizes.reduce((sum, size) => sum + Math.abs(Math.log(ratio(size))), 0);
  return { amount, seconds, unlike };
}

function fromRuns(runs: readonly Run[], compiles: boolean): Prediction {
  const scaled = (start: number) => geometricMean(runs.map((run) => scale(run, start)));
  // Either all of the time grows with the work, or hardly any does.
  const [grows, starts] = [scaled(START), scaled(compiles ? LONGEST_START : START)];
  const line = fitLine(runs);
  const middle = line?.seconds ?? Math.sqrt(grows * starts);
  const residuals = runs.map((run) =>
    Math.log(line === undefined ? grows / scale(run, START) : line.at(run.amount) / run.seconds),
  );
  const known = NOISE_RUNS + runs.length - (line === undefined ? 1 : 2);
  const spread = (NOISE_RUNS * NOISE ** 2 + sum(residuals.map((each) => each ** 2))) / known;
  const size = NOISE_OF_SIZE * (sum(runs.map(({ unlike }) => unlike)) / runs.length);
  // Student's t for 95 %, to within 3 %.
  const quantile = 1.96 * (1 + 1.67 / known);
  const either = (leverage: number) => quantile * Math.sqrt(spread * (1 + leverage) + size ** 2);
  const mean = within(Math.min(grows, starts), Math.max(grows, starts), either(1 / runs.length), middle);
  if (line === undefined) return mean;
  // Far from the runs, the line is less informative than the assumption that their time can neither shrink
  // nor grow faster than the work.
  const { predictedRange } = within(middle, middle, either(line.leverage), middle);
  const low = Math.min(middle, Math.max(predictedRange[0], mean.predictedRange[0]));
  const high = Math.max(middle, Math.min(predictedRange[1], mean.predictedRange[1]));
  return { predictedSeconds: middle, predictedRange: [low, high] };
}

/** The time of a run scaled to the current work, if all but its first seconds grow with it. */
function scale({ amount, seconds }: Run, start: number): number {
  return Math.min(start, seconds) + Math.max(0, seconds - start) / amount;
}

/** A range widened by a factor, given as its logarithm. */
function within(low: number, high: number, factor: number, seconds: number): Prediction {
  return { predictedSeconds: seconds, predictedRange: [low / Math.exp(factor), high * Math.exp(factor)] };
}

/** For runs that did not record their work: the past time, scaled by what the parameters alone say. */
function byCost(stage: PipelineStage, past: Entry): number {
  const cost = stage.type.cost?.(stage.with) ?? 1;
  return past.cost > 0 && cost > 0 ? past.seconds * (cost / past.cost) : past.seconds;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(sum(values.map((value) => Math.log(Math.max(value, 1e-3)))) / values.length);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
