import stringWidth from 'string-width';
import type { Colors } from './colors.js';
import { joinPainted, type Painted, paintText, terminalLine } from './terminal-text.js';

export { terminalLine as clean };

export type Style = 'plain' | 'dim' | 'bold' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta' | 'blue';

/** A piece of a line in one style. */
export interface Span {
  text: string;
  style?: Style;
}

/** One line of a terminal, never wider than its layout. */
export type Line = Span[];

/** Text of any origin: anything that could control the terminal is removed. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text: terminalLine(text), style };
}

/**
 * Latin letters, dashes, arrows, boxes, blocks, Braille and our own symbols: one column each. Most text
 * consists of these, and looking up others is slow.
 */
const NARROW =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2248\u2500-\u25a0\u2714\u2716\u2800-\u28ff]*$/;

/** Terminal columns that a text takes. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

let segmenter: Intl.Segmenter | undefined;

/** At most `width` columns, the last one `…` if something was cut off. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  if (NARROW.test(text)) return `${text.slice(0, width - 1).trimEnd()}…`;
  segmenter ??= new Intl.Segmenter();
  let result = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = widthOf(segment);
    if (used + next > width - 1) break;
    result += segment;
    used += next;
  }
  return `${result.trimEnd()}…`;
}

/** As `truncate`, but not inside a word, unless little would be left. */
export function truncateWords(text: string, width: number): string {
  const cut = truncate(text, width);
  const kept = cut.slice(0, -1);
  if (cut === text || text[kept.length] === ' ') return cut;
  const whole = kept.slice(0, kept.lastIndexOf(' ') + 1).replace(/[\s([,\u00b7]+$/, '');
  return 2 * widthOf(whole) < width ? cut : `${whole}…`;
}

/** Exactly `width` columns: truncated or padded with spaces. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = truncate(text, width);
  const fill = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'left' ? cut + fill : fill + cut;
}

/** A line truncated to `width` columns. */
export function fitLine(line: Line, width: number): Line {
  const result: Line = [];
  let left = width;
  for (const piece of line) {
    const used = widthOf(piece.text);
    if (used > left) {
      result.push({ ...piece, text: truncate(piece.text, left) });
      break;
    }
    result.push(piece);
    left -= used;
  }
  return result;
}

/** Words folded into lines of at most `width` columns; a longer word is truncated. */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && widthOf(longer) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  lines.push(current);
  return lines.map((line) => truncate(line, width));
}

/**
 * Folds a line of a message, keeping its indentation. A word that is too long (a path) continues on the next
 * line: none of it is lost.
 */
export function foldIndented(line: string, width: number): string[] {
  const text = terminalLine(line);
  if (widthOf(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const room = Math.max(8, width - indent.length);
  const words = text.trimStart().split(' ');
  return fold(words.flatMap((word) => chop(word, room)).join(' '), room).map((part) => indent + part);
}

/** A text in pieces of at most `width` columns. */
export function chop(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  segmenter ??= new Intl.Segmenter();
  const parts = [''];
  for (const { segment } of segmenter.segment(text)) {
    if (widthOf(parts.at(-1)! + segment) > width) parts.push(segment);
    else parts[parts.length - 1] += segment;
  }
  return parts;
}

/** Columns of a terminal; 80 for one that does not say (0, as new pseudo terminals have it). */
export function columnsOf(stream: { columns?: number }): number {
  return stream.columns || 80;
}

/** A message of several lines, folded for the width of a terminal; unchanged without one. */
export function foldMessage(text: string, stream: { isTTY?: boolean; columns?: number }): string {
  const width = stream.isTTY ? Math.max(20, columnsOf(stream) - 1) : Number.POSITIVE_INFINITY;
  return text
    .split('\n')
    .flatMap((line) => foldIndented(line, width))
    .join('\n');
}

/** A line as text, with escape codes according to `colors`. */
export function paint(line: Line, colors: Colors): Painted {
  const last = line.findLastIndex(({ text }) => text.trim() !== '');
  const pieces = line.slice(0, last + 1).map(({ text, style = 'plain' }, i) => {
    const shown = terminalLine(i === last ? text.trimEnd() : text);
    return paintText(shown, style === 'plain' || shown.trim() === '' ? undefined : colors[style]);
  });
  return joinPainted(pieces);
}
