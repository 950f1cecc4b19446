import type { Line } from '../../terminal/line.js';
import { clean } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';

/** What a report of clips with several labels each says of a label. */
export interface LabelFigures {
  label: string;
  threshold: number;
  precision: number;
  recall: number;
  f1: number;
  average_precision: number;
  support: number;
}

/** A table of the labels. */
export function labelLines(classes: readonly LabelFigures[], width: number): Line[] {
  const rows = classes.map((one): Cell[] => [
    { text: clean(one.label), style: 'bold' },
    ...[one.average_precision, one.precision, one.recall, one.f1].map((value) => ({
      text: value.toFixed(2),
    })),
    { text: String(one.threshold), style: 'dim' },
    { text: String(one.support), style: 'dim' },
  ]);
  const columns = ['average precision', 'precision', 'recall', 'f1', 'threshold', 'rows'];
  return table(
    [{ title: 'label', flexible: true }, ...columns.map((title) => ({ title, align: 'right' as const }))],
    rows,
    width,
    2,
  );
}

/** Whether a report's figures are those of such labels. */
export function isLabelFigures(value: unknown): value is LabelFigures {
  const { label, ...numbers } = (value ?? {}) as Record<string, unknown>;
  const names = ['threshold', 'precision', 'recall', 'f1', 'average_precision', 'support'];
  return typeof label === 'string' && names.every((name) => Number.isFinite(numbers[name]));
}
