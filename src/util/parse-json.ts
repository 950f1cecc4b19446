/**
 * Parses a file's JSON; a byte order mark before it, as editors on Windows leave it, counts for nothing.
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
