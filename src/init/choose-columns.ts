import { describeFeature } from '../learning/data/features.js';
import type { Feature, Features } from '../stage/artifact.js';

/**
 * Names that indicate a column's role, without case and separators: for what is to be learnt, the first one
 * wins; and for the speaker.
 */
const LABELS = ['label', 'labels', 'intentclass', 'class', 'target'];
const SPEAKERS = [
  'speaker',
  'speakerid',
  'speakername',
  'spk',
  'spkid',
  'clientid',
  'voice',
  'subject',
  'subjectid',
  'userid',
];

/** Why a column with such a name is chosen. */
export const BY_NAME = 'by its name';

/** The label column, and why it was chosen. */
export interface ChosenLabel {
  column: string;
  /** `BY_NAME`, `the only column of text`. */
  why: string;
}

/** Why no column was chosen. */
export interface Unsure {
  unsure: string;
}

/** Columns that can be labels: of classes, text, integers or true/false; numbers last. */
export function labelColumns(features: Features): string[] {
  const possible = Object.keys(features).filter((column) => isLabel(features[column]!));
  const isName = (column: string) => features[column]!._type === 'ClassLabel' || isText(features[column]!);
  return [...possible.filter(isName), ...possible.filter((column) => !isName(column))];
}

/**
 * The label column: one with such a name, otherwise the only one of classes, otherwise the only one of text.
 * One that names the speaker is chosen only if there is no other that could be meant. Numbers are labels only
 * by the column's name.
 */
export function chooseLabel(features: Features): ChosenLabel | Unsure {
  const possible = labelColumns(features);
  const called = (name: string) => (column: string) => plain(column) === name;
  const named = LABELS.map((name) => possible.find(called(name))).find(Boolean);
  if (named !== undefined) return { column: named, why: BY_NAME };
  const misfit = LABELS.map((name) => Object.keys(features).find(called(name))).find(Boolean);
  if (misfit !== undefined) {
    const type = describeFeature(features[misfit]!);
    const gaps = type.startsWith('float') ? ', as integers with gaps are' : '';
    return { unsure: `column '${misfit}' is ${type}${gaps}, and cannot be the label` };
  }
  const classes = possible.filter((column) => features[column]!._type === 'ClassLabel');
  const texts = possible.filter((column) => isText(features[column]!));
  const [what, columns] = classes.length > 0 ? ['classes', classes] : ['text', texts];
  const others = columns.filter((column) => !isSpeaker(column));
  if (others.length === 1) {
    const why = `the only column of ${what}`;
    return {
      column: others[0]!,
      why: columns.length === 1 ? why : `${why} that does not name the speaker`,
    };
  }
  if (others.length > 1) return { unsure: 'several columns could be the labels' };
  if (possible.length === 1 && columns.length === 1)
    return { column: columns[0]!, why: `the only column of ${what}` };
  return { unsure: 'no column is clearly the label' };
}

/** The column that names the speaker, if one does. */
export function speakerColumn(features: Features, label: string): string | undefined {
  return Object.keys(features).find(
    (column) => column !== label && isSpeaker(column) && isGroup(features[column]!),
  );
}

function isSpeaker(column: string): boolean {
  return SPEAKERS.includes(plain(column));
}

function plain(column: string): string {
  return column.toLowerCase().replace(/[\s_.-]/g, '');
}

function isText(feature: Feature): boolean {
  return feature._type === 'Value' && feature.dtype === 'string';
}

function isLabel(feature: Feature): boolean {
  if (feature._type === 'ClassLabel') return true;
  return feature._type === 'Value' && /^(?:string|bool|u?int\d+)$/.test(feature.dtype);
}

/** Whether `split` can group by it. Integers with gaps are floats. */
function isGroup(feature: Feature): boolean {
  return isLabel(feature) || (feature._type === 'Value' && feature.dtype.startsWith('float'));
}
