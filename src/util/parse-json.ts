/**
 * Parses a file's JSON; a leading byte order mark, as editors on Windows write it, is ignored.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(withoutMark(text));
}

/** A file's text without the byte order mark. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}
