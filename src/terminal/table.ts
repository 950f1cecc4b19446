import { clean, fit, type Line, type Style, span, widthOf } from './line.js';

export interface TableColumn {
  title: string;
  align?: 'left' | 'right';
  /** Gets what the other columns leave, and is shortened if that is less than it needs. */
  flexible?: boolean;
}

export interface Cell {
  text: string;
  style?: Style;
}

/**
 * A table of plain text, columns two spaces apart, without a frame, so that it can be copied. At most `width`
 * columns wide.
 */
export function table(
  titles: readonly TableColumn[],
  cells: readonly Cell[][],
  width: number,
  indent = 0,
): Line[] {
  const columns = titles.map((column) => ({ ...column, title: clean(column.title) }));
  const rows = cells.map((row) => row.map(({ text, style }) => ({ text: clean(text), style })));
  const widths = columns.map((column, i) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[i]?.text ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible);
  const gaps = 2 * (columns.length - 1);
  if (flexible >= 0) {
    const others = widths.reduce((sum, each, i) => sum + (i === flexible ? 0 : each), 0);
    widths[flexible] = Math.max(4, Math.min(widths[flexible] ?? 0, width - indent - others - gaps));
  }
  const line = (cells: readonly Cell[]): Line => [
    span(' '.repeat(indent)),
    ...columns.flatMap((column, i) => {
      const { text = '', style } = cells[i] ?? {};
      return [span(i === 0 ? '' : '  '), span(fit(text, widths[i] ?? 0, column.align), style)];
    }),
  ];
  const titled = columns.some((column) => column.title !== '');
  const head = titled ? [line(columns.map(({ title }) => ({ text: title, style: 'dim' as const })))] : [];
  return [...head, ...rows.map(line)];
}
