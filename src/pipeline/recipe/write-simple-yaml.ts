/** Texts on one line, as the whole library writes them. */
export interface LineWriter {
  /** What follows `key: ` or a dash; `undefined` for what needs more than a line. */
  scalar(value: unknown): string | undefined;
  /** A key without its colon; `undefined` for one that is not written in front of its value. */
  key(text: string): string | undefined;
}

/** Nothing to quote, unless it is another spelling of a number or a word of YAML's own. */
const PLAIN = /^(?:\.{1,2}\/)?[A-Za-z0-9_/][A-Za-z0-9_./-]{0,200}$/;
const NUMBER_OR_WORD = /^(?:0o[0-7]+|0x[0-9a-f]+|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|true|false|null)$/i;

/**
 * Plain data as YAML in block style: what `yaml` writes with its defaults and without line breaks in texts,
 * in a thirtieth of the time. Only what is not obviously plain is left to `lines`.
 *
 * @returns `undefined` for what must be left to the library as a whole
 */
export function blockYaml(value: unknown, lines: LineWriter): string | undefined {
  if (!isMap(value) || Object.values(value).every((one) => one === undefined)) return undefined;
  const text: string[] = [];
  return writeMap(value, '', '', text, lines) ? text.join('') : undefined;
}

/** `start` is what stands before the first key: the indentation, or nothing after a dash. */
function writeMap(
  map: Record<string, unknown>,
  indent: string,
  start: string,
  text: string[],
  lines: LineWriter,
): boolean {
  let before = start;
  for (const [name, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const key = isPlain(name) ? name : lines.key(name);
    if (key === undefined) return false;
    text.push(before, key, ':');
    before = indent;
    const inner = `${indent}  `;
    if (isFilledList(value)) {
      text.push('\n');
      if (!writeList(value, inner, inner, text, lines)) return false;
    } else if (isFilledMap(value)) {
      text.push('\n');
      if (!writeMap(value, inner, inner, text, lines)) return false;
    } else if (!writeScalar(value, text, lines)) return false;
  }
  return true;
}

function writeList(
  list: readonly unknown[],
  indent: string,
  start: string,
  text: string[],
  lines: LineWriter,
): boolean {
  let before = start;
  for (const value of list) {
    text.push(before, '-');
    before = indent;
    const inner = `${indent}  `;
    if (isFilledList(value)) {
      if (!writeList(value, inner, ' ', text, lines)) return false;
    } else if (isFilledMap(value)) {
      if (!writeMap(value, inner, ' ', text, lines)) return false;
    } else if (!writeScalar(value, text, lines)) return false;
  }
  return true;
}

function writeScalar(value: unknown, text: string[], lines: LineWriter): boolean {
  const line =
    typeof value === 'string' && isPlain(value) ? value : (emptyText(value) ?? lines.scalar(value));
  if (line === undefined) return false;
  text.push(' ', line, '\n');
  return true;
}

function emptyText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : undefined;
  return isMap(value) && !isFilledMap(value) ? '{}' : undefined;
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !NUMBER_OR_WORD.test(text);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isFilledMap(value: unknown): value is Record<string, unknown> {
  return isMap(value) && Object.values(value).some((one) => one !== undefined);
}

function isFilledList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}
