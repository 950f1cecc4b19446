import { clean, fit, type Line, lineWidth, type Style, span, widthOf } from './line.js';

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
 *
 * @param least Columns that a flexible column keeps in any case.
 */
export function table(
  titles: readonly TableColumn[],
  cells: readonly Cell[][],
  width: number,
  indent = 0,
  least = 4,
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
    const needed = widths[flexible] ?? 0;
    widths[flexible] = Math.min(needed, Math.max(least, width - indent - others - gaps));
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

/** Columns that a flexible column needs to be read. */
const READABLE = 8;

const alone = (columns: readonly TableColumn[]) =>
  columns.map((column, i) => ({ ...column, flexible: i === columns.length - 1 }));

/**
 * The same, with columns that do not fit in tables of their own below: the first `kept` columns are in each.
 *
 * @param kept How many columns say what a row is.
 */
export function tablesThatFit(
  columns: readonly TableColumn[],
  cells: readonly Cell[][],
  width: number,
  indent = 0,
  kept = 1,
): Line[] {
  const part = (from: number, to: number) => {
    const pick = <T>(list: readonly T[]) => [...list.slice(0, kept), ...list.slice(from, to)];
    const picked = pick(columns);
    // One that is too wide even alone is shortened.
    const titles = to > from + 1 || picked.some(({ flexible }) => flexible) ? picked : alone(picked);
    return table(titles, cells.map(pick), width, indent, READABLE);
  };
  const isWide = (lines: readonly Line[]) => lines.some((line) => lineWidth(line) > width);
  const lines: Line[] = [];
  for (let from = kept, to = columns.length; from < columns.length; from = to, to = columns.length) {
    while (to > from + 1 && isWide(part(from, to))) to--;
    lines.push(...part(from, to));
  }
  return lines;
}
