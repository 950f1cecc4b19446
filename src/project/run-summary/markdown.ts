import { clean } from '../../terminal/line.js';

/** Longer text is cut off: it would only break the layout. */
const LONGEST = 300;

/** What Markdown, GitHub's extensions of it (mentions, issues, formulas) or HTML give a meaning. */
const MEANINGFUL =
  /[&<>|\\`*[\]{}~!#@$^]|^[-+=](?!\d)|(?<=^\d{1,9})[.)](?=\s)|(?<![a-z0-9])_|_(?![a-z0-9])|(?<=www)\.|(?<=\w):(?=\S)/gi;

/**
 * Text of any origin as text in GitHub Flavored Markdown, on one line: in a paragraph, a heading or a cell of
 * a table. Characters become numeric references, which are never structure (CommonMark 0.31, 6.2), not even
 * where a backslash would end a cell.
 */
export function markdownText(text: string): string {
  const characters = [...clean(text)];
  const short = characters.slice(0, LONGEST).join('') + (characters.length > LONGEST ? '…' : '');
  return short.replaceAll(MEANINGFUL, (char) => `&#${char.charCodeAt(0)};`);
}

/** The same as code, in which GitHub links nothing. */
export function markdownCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

/** Lines of any origin as they are: an HTML block, which ends only with `</pre>`. */
export function markdownLines(lines: readonly string[]): string {
  const escaped = lines.map((line) => clean(line).replaceAll(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`));
  return `<pre>\n${escaped.join('\n')}\n</pre>`;
}

/** A column's title, and whether it is of numbers. */
export interface MarkdownColumn {
  title: string;
  isNumeric?: boolean;
}

/**
 * A table.
 *
 * @param rows Cells in Markdown.
 * @param most Rows beyond these are only counted.
 */
export function markdownTable(
  columns: readonly MarkdownColumn[],
  rows: readonly (readonly string[])[],
  most = 200,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [
    line(columns.map(({ title }) => markdownText(title))),
    line(columns.map(({ isNumeric }) => (isNumeric ? '---:' : '---'))),
    ...rows.slice(0, most).map(line),
  ];
  const left = rows.length - most;
  return left > 0 ? `${lines.join('\n')}\n\n… and ${left} more` : lines.join('\n');
}
