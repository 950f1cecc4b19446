import { clean, fit, type Line, type Style, span, widthOf } from '../../terminal/line.js';

/**
 * A confusion matrix for a width: a row per true class, a column per predicted one (by number). If the
 * columns do not fit, a list of the most common confusions instead.
 */
export function confusionLines(
  matrix: readonly number[][],
  labels: readonly string[],
  width: number,
): Line[] {
  const digits = Math.max(
    String(Math.max(0, labels.length - 1)).length,
    ...matrix.flat().map((count) => String(count).length),
  );
  const number = String(Math.max(0, labels.length - 1)).length;
  const cells = labels.length * (digits + 1);
  const room = width - 2 - number - 1 - cells;
  const longest = Math.max(0, ...labels.map((label) => widthOf(clean(label))));
  if (room < 0) return commonest(matrix, labels, width);
  // Names too short to be distinguishable are left out: the numbers are in the table of classes.
  const name = room < 5 ? 0 : Math.min(longest, room - 1);
  const gap = name === 0 ? '' : ' ';
  const left = `  ${fit('', name)}${gap}${' '.repeat(number)}`;
  const head: Line = [span(left), ...labels.map((_, j) => span(` ${String(j).padStart(digits)}`, 'dim'))];
  const rows = labels.map(
    (label, i): Line => [
      span(`  ${fit(clean(label), name)}${gap}`),
      span(String(i).padStart(number), 'dim'),
      ...labels.map((_, j) => {
        const count = matrix[i]?.[j] ?? 0;
        const style: Style = count === 0 ? 'dim' : i === j ? 'green' : 'red';
        return span(` ${(count === 0 ? '·' : String(count)).padStart(digits)}`, style);
      }),
    ],
  );
  return [[span('  true class down, predicted across', 'dim')], head, ...rows];
}

function commonest(matrix: readonly number[][], labels: readonly string[], width: number): Line[] {
  const pairs = matrix.flatMap((row, i) =>
    row.flatMap((count, j) =>
      i === j || count === 0 ? [] : [{ count, text: `${labels[i]} mistaken for ${labels[j]}` }],
    ),
  );
  pairs.sort((a, b) => b.count - a.count);
  if (pairs.length === 0) return [[span('  no confusions', 'dim')]];
  const lines = pairs
    .slice(0, 10)
    .map(
      ({ count, text }): Line => [
        span(`${String(count).padStart(6)}  `, 'red'),
        span(fit(clean(text), width - 8).trimEnd()),
      ],
    );
  return [[span('  most common confusions', 'dim')], ...lines];
}
