import { stripVTControlCharacters } from 'node:util';

/**
 * Where text from outside (a recipe, data, a checkpoint, a remote cache, an argument, a library's message)
 * becomes text on a terminal. Names are hostile: escape sequences move the cursor, rename the window or fill
 * the clipboard, and directional marks make one name look like another.
 *
 * Nothing has to remember that: `onlyText` (src/terminal/output.ts) makes the standard streams pass every
 * string through `terminalText`, and text that may contain escape codes, `Painted`, can only be made here,
 * from clean pieces.
 */

/** Most text, recognised quickly. */
const PLAIN = /^[ -~]*$/;

declare const painted: unique symbol;
/** Text in which nothing foreign controls a terminal; it contains our own escape codes. */
export type Painted = string & { readonly [painted]: true };

/**
 * Controls, invisible marks (including directional ones), line separators and lone surrogates; except for the
 * joiners, which emoji and scripts need.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EACH = /[^\P{Cc}\n\t]|(?![\u200c\u200d])[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text for a terminal: without escape sequences, and with other invisible characters as `\ufffd`. Line breaks
 * and tabs stay.
 */
export function terminalText(text: string): string {
  if (PLAIN.test(text) || !UNPRINTABLE.test(text)) return text;
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replaceAll(EACH, '\ufffd');
}

/** The same on one line: a line break in a name does not break the line on the terminal. */
export function terminalLine(text: string): string {
  if (PLAIN.test(text) || !UNPRINTABLE.test(text)) return text;
  return terminalText(stripVTControlCharacters(text).replaceAll(/[\t\n\r\u2028\u2029]+/g, ' '));
}

/** The same, character by character, for text that a caret points into. */
export function terminalColumns(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll('\n', '\ufffd').replaceAll(EACH, '\ufffd');
}

/** Text of any origin in a colour of picocolors', or in none. */
export function paintText(text: string, color?: (text: string) => string): Painted {
  const clean = terminalText(text);
  return (color === undefined ? clean : color(clean)) as Painted;
}

export function joinPainted(parts: readonly Painted[], between = ''): Painted {
  return parts.join(terminalText(between)) as Painted;
}

/** To the first column; and an erase from here to the end of the line. */
export const LINE_START = '\r' as Painted;
export const ERASE_REST = '\u001b[K' as Painted;
/** Removes the line above, and moves to it. */
export const ERASE_UP = '\u001b[2K\u001b[1A' as Painted;
export const HIDE_CURSOR = '\u001b[?25l' as Painted;
export const SHOW_CURSOR = '\u001b[?25h' as Painted;

/** JSON that can safely be shown on a terminal, and is read back unchanged. */
export function toJson(value: unknown, space?: number): string {
  return escapeUnseen(JSON.stringify(value, null, space));
}

/** Lone surrogates are invisible, too, and no file preserves them. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Whether a text contains more than visible characters and line endings. */
export function hasUnseen(text: string): boolean {
  return text.search(UNSEEN) >= 0;
}

/**
 * Escapes invisible characters as `\u202e`, which is valid in double quotes in JSON and YAML.
 *
 * @param wide the replacement for a code point beyond U+FFFF: by default the pair of escapes that JSON has
 * for it
 */
export function escapeUnseen(text: string, wide?: (point: number) => string): string {
  const four = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`;
  return text.replaceAll(UNSEEN, (char) => {
    if (char.length === 1) return four(char.charCodeAt(0));
    return wide?.(char.codePointAt(0)!) ?? four(char.charCodeAt(0)) + four(char.charCodeAt(1));
  });
}
