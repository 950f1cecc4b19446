import { terminalLine, terminalText } from '../../../terminal/terminal-text.js';

/** Markup. Only this module makes it, from templates of ours and escaped text. */
export class Html {
  constructor(readonly markup: string) {}
}

/**
 * What a template can contain: text of any origin (escaped), markup, lists of both; nothing for `undefined`.
 */
export type Content = Html | string | number | undefined | readonly Content[];

/**
 * Markup from a template. Everything that is put into it becomes text, or part of a quoted attribute value,
 * unless it is markup already.
 *
 * @example
 * html`<td title="${label}">${label}</td>`
 */
export function html(template: TemplateStringsArray, ...parts: Content[]): Html {
  return new Html(template.reduce((all, piece, i) => all + markupOf(parts[i - 1]) + piece));
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return escapeText(String(content));
}

/** Markup that was made elsewhere by something that escapes: a serialised picture, the style sheet. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Text of any origin without controls and invisible marks, on one line. */
export function plainText(text: string): string {
  return terminalLine(text);
}

/** Text as it stands in an element or between double quotes. */
export function escapeText(text: string): string {
  return terminalText(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

/**
 * JSON for a `<script>`: no text in it ends the element or opens a comment, and invisible characters are
 * escaped. `JSON.parse` reads it back unchanged.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
