import type { Feature, Features } from '../stage/artifact.js';

/** Names that indicate a column's role: for what is to be learnt, the first one wins; and for the speaker. */
const LABELS = ['label', 'intent_class', 'class', 'target'];
const SPEAKERS = [
  'speaker',
  'speaker_id',
  'speaker_name',
  'spk',
  'spk_id',
  'client_id',
  'voice',
  'subject',
  'user_id',
];

/** The label column, and why it was chosen. */
export interface ChosenLabel {
  column: string;
  /** `by its name`, `the only column of text`. */
  why: string;
}

/** Columns that can be labels: of classes, text, integers or true/false. */
export function labelColumns(features: Features): string[] {
  return Object.keys(features).filter((column) => isLabel(features[column]!));
}

/**
 * The label column: one with such a name, otherwise the only one of classes, otherwise the only one of text
 * that does not name the speaker; `undefined` if it cannot be determined. Numbers are labels only by the
 * column's name.
 */
export function chooseLabel(features: Features): ChosenLabel | undefined {
  const possible = labelColumns(features);
  const named = LABELS.map((name) => possible.find((column) => column.toLowerCase() === name)).find(Boolean);
  if (named !== undefined) return { column: named, why: 'by its name' };
  const classes = possible.filter((column) => features[column]!._type === 'ClassLabel');
  const texts = possible.filter((column) => isText(features[column]!));
  const kinds = [
    ['classes', classes],
    ['text', texts],
  ] as const;
  for (const [what, columns] of kinds) {
    if (columns.length === 1) return { column: columns[0]!, why: `the only column of ${what}` };
    const others = columns.filter((column) => !isSpeaker(column));
    if (others.length === 1)
      return { column: others[0]!, why: `the only column of ${what} that does not name the speaker` };
    if (columns.length > 0) return undefined;
  }
  return undefined;
}

/** The column that names the speaker, if one does. */
export function speakerColumn(features: Features, label: string): string | undefined {
  return Object.keys(features).find(
    (column) => column !== label && isSpeaker(column) && isLabel(features[column]!),
  );
}

function isSpeaker(column: string): boolean {
  return SPEAKERS.includes(column.toLowerCase());
}

function isText(feature: Feature): boolean {
  return feature._type === 'Value' && feature.dtype === 'string';
}

function isLabel(feature: Feature): boolean {
  if (feature._type === 'ClassLabel') return true;
  return feature._type === 'Value' && /^(?:string|bool|u?int\d+)$/.test(feature.dtype);
}
