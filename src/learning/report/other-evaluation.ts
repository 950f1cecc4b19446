import type { ReportArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { isListOf, isNumber, isObject, objectIn } from './json-shapes.js';
import type { Named } from './named.js';
import { readSplitFiles } from './split-files.js';

/** What was measured of one label, where a clip may have several. */
export interface LabelFigures {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  average_precision: number;
  /** The probability above which a clip has the label. */
  threshold: number;
  /** Clips that have it. */
  support: number;
}

interface OfSplit {
  stage: string;
  split: string;
  /** Rows of the split in the data. */
  numRows: number;
  labels: readonly string[];
}

/** A clip, by its row; if rows are windows: by the first, and how many were judged together. */
interface OfClip {
  row: number;
  windows?: number;
}

/** An evaluation of clips that may have several labels. */
export interface LabelsEvaluation extends OfSplit {
  kind: 'labels';
  classes: readonly LabelFigures[];
  predictions: readonly (OfClip & { label: readonly string[]; scores: readonly number[] })[];
}

/** An evaluation of clips with numbers, one for each of `labels`. */
export interface NumbersEvaluation extends OfSplit {
  kind: 'numbers';
  predictions: readonly (OfClip & { value: readonly number[]; predicted: readonly number[] })[];
}

export type OtherEvaluation = LabelsEvaluation | NumbersEvaluation;

/**
 * The splits of an evaluation of several labels or of numbers; files that do not have the shape are left out.
 */
export async function readOtherEvaluation(
  { stage, artifact }: Named<ReportArtifact>,
  objects: Objects,
): Promise<OtherEvaluation[]> {
  return readSplitFiles(artifact, objects, (text) => parseOtherEvaluation(stage, text));
}

/** One split of such an evaluation, `undefined` for anything else. */
export function parseOtherEvaluation(stage: string, text: string): OtherEvaluation | undefined {
  const value = objectIn(text);
  if (value === undefined) return undefined;
  const { split, num_rows: numRows, labels, classes, predictions } = value;
  if (typeof split !== 'string' || !isNumber(numRows) || !isListOf(labels, isText)) return undefined;
  if (!isListOf(predictions, isClip) || value.confusion_matrix !== undefined) return undefined;
  const common = { stage, split, numRows, labels: labels as string[] };
  const clips = predictions as (Record<string, unknown> & OfClip)[];
  const isNumbers = (list: unknown) => isListOf(list, isNumber) && list.length === labels.length;
  if (isListOf(classes, isFigures)) {
    if (!clips.every((clip) => isListOf(clip.labels, isText) && isNumbers(clip.scores))) return undefined;
    const own = clips.map(({ labels: label, ...clip }) => ({ ...clip, label }));
    return {
      ...common,
      kind: 'labels',
      classes: classes as LabelFigures[],
      predictions: own as unknown as LabelsEvaluation['predictions'],
    };
  }
  // One number may be without a list.
  const own = clips.map((clip) => ({
    ...clip,
    value: [clip.value].flat(),
    predicted: [clip.predicted].flat(),
  }));
  if (classes !== undefined || !own.every((clip) => isNumbers(clip.value) && isNumbers(clip.predicted)))
    return undefined;
  return { ...common, kind: 'numbers', predictions: own as unknown as NumbersEvaluation['predictions'] };
}

function isFigures(value: unknown): boolean {
  if (!isObject(value) || typeof value.label !== 'string') return false;
  const { precision, recall, f1, average_precision, threshold, support } = value;
  return [precision, recall, f1, average_precision, threshold, support].every(isNumber);
}

function isClip(value: unknown): boolean {
  return isObject(value) && isNumber(value.row) && ['number', 'undefined'].includes(typeof value.windows);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
