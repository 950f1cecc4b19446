import type { ReportArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { isListOf, isNumber, isObject, objectIn } from './json-shapes.js';
import type { Named } from './named.js';
import { readSplitFiles } from './split-files.js';

/** A clip's prediction. */
export interface Prediction {
  row: number;
  /** The clip's name, if the report has it. */
  file?: string;
  label: string;
  predicted: string;
  score: number;
  /** If rows are windows: how many were judged together; `row` is the first. */
  windows?: number;
  /** Probabilities in the order of the labels, if the report has them. */
  scores?: readonly number[];
}

/** What an evaluation says of a split, as far as the report shows it. */
export interface SplitEvaluation {
  stage: string;
  split: string;
  /** Clips, as they were judged. */
  rows: number;
  /** Rows of the split in the data. */
  numRows: number;
  metrics: Readonly<Record<string, number>>;
  labels: readonly string[];
  classes: readonly { label: string; precision: number; recall: number; f1: number; support: number }[];
  /** Rows by true class, then by predicted class. */
  confusion: readonly (readonly number[])[];
  predictions: readonly Prediction[];
  /** 95 % intervals, by metric. */
  intervals: Readonly<Record<string, Interval>>;
  groups: readonly Grouped[];
}

/** The ends of an interval. */
export type Interval = readonly [low: number, high: number];

/** Metrics of groups of clips. */
export interface Grouped {
  by: string;
  groups: readonly {
    group: string;
    rows?: number;
    accuracy: number;
    f1_macro?: number;
    interval?: Interval;
  }[];
}

/**
 * The splits of an evaluation. A report may be a user's own, or have been made by another version of Etude:
 * files that do not have the shape are left out, and so is what is unknown in the others.
 */
export async function readEvaluation(
  { stage, artifact }: Named<ReportArtifact>,
  objects: Objects,
): Promise<SplitEvaluation[]> {
  return readSplitFiles(artifact, objects, (text) => parseEvaluation(stage, text));
}

/** One split of an evaluation, `undefined` for anything else. */
export function parseEvaluation(stage: string, text: string): SplitEvaluation | undefined {
  const value = objectIn(text);
  if (value === undefined) return undefined;
  const { split, metrics, labels, classes, confusion_matrix: confusion, predictions } = value;
  const isWhole =
    typeof split === 'string' &&
    isListOf(labels, (each) => typeof each === 'string') &&
    isListOf(confusion, (row) => isListOf(row, isNumber) && (row as unknown[]).length === labels.length) &&
    confusion.length === labels.length;
  if (!isWhole) return undefined;
  const clips = isListOf(predictions, isPrediction) ? (predictions as unknown as Prediction[]) : [];
  const rows = confusion.flat().reduce((sum: number, each) => sum + (each as number), 0);
  return {
    stage,
    split,
    rows,
    numRows: isNumber(value.num_rows) ? value.num_rows : rows,
    metrics: isObject(metrics) ? numbersOf(metrics) : {},
    labels: labels as string[],
    classes: isListOf(classes, isClass) ? (classes as SplitEvaluation['classes']) : [],
    confusion: confusion as number[][],
    predictions: clips.map((clip) => ({ ...clip, scores: scoresOf(clip.scores, labels as string[]) })),
    intervals: intervalsOf(value.intervals),
    groups: isListOf(value.groups, isObject) ? value.groups.flatMap(groupedOf) : [],
  };
}

function intervalsOf(value: unknown): Record<string, Interval> {
  if (!isObject(value)) return {};
  const found = Object.entries(value).filter(([, each]) => isListOf(each, isNumber) && each.length === 2);
  return Object.fromEntries(found) as Record<string, Interval>;
}

function groupedOf(value: unknown): Grouped | [] {
  const { by, groups } = value as Record<string, unknown>;
  if (typeof by !== 'string' || !isListOf(groups, isObject)) return [];
  const members = (groups as Record<string, unknown>[]).flatMap(
    ({ group, num_rows: rows, accuracy, f1_macro, accuracy_interval }): Grouped['groups'][number] | [] =>
      typeof group === 'string' && isNumber(accuracy)
        ? {
            group,
            rows: isNumber(rows) ? rows : undefined,
            accuracy,
            f1_macro: isNumber(f1_macro) ? f1_macro : undefined,
            interval: intervalsOf({ accuracy_interval }).accuracy_interval,
          }
        : [],
  );
  return { by, groups: members };
}

/** Probabilities as a list, or by label. */
function scoresOf(value: unknown, labels: readonly string[]): number[] | undefined {
  if (isListOf(value, isNumber)) return value.length === labels.length ? (value as number[]) : undefined;
  if (!isObject(value)) return undefined;
  const scores = labels.map((label) => (Object.hasOwn(value, label) ? value[label] : undefined));
  return scores.every(isNumber) ? (scores as number[]) : undefined;
}

function isPrediction(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { row, label, predicted, score, file, windows } = value;
  const isNamed = typeof label === 'string' && typeof predicted === 'string';
  const isOne = isNumber(row) && isNamed && isNumber(score);
  return (
    isOne && [file, windows].every((each, i) => [['string', 'number'][i], 'undefined'].includes(typeof each))
  );
}

function isClass(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.label === 'string' &&
    [value.precision, value.recall, value.f1, value.support].every(isNumber)
  );
}

function numbersOf(values: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => isNumber(entry[1])),
  );
}
