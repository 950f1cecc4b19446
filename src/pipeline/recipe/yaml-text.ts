import { type Scalar, type ScalarTag, stringify, type Tags } from 'yaml';
import { escapeUnseen, hasUnseen } from '../../terminal/terminal-text.js';
import { blockYaml, type LineWriter } from './write-simple-yaml.js';

/** YAML 1.2: an implicit key, one followed by its colon on the same line, is no longer. */
const LONGEST_KEY = 1024;

/**
 * A value as YAML that may be shown on a terminal as it is, and reads back the same: what cannot be seen in a
 * text is escaped, in double quotes. Every value has its own line.
 */
export function yamlText(value: unknown): string {
  return blockYaml(value, new Lines()) ?? wholeText(value);
}

function wholeText(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, customTags: escapingTexts });
}

/** What `wholeText` makes of single values and keys, each asked for once. */
class Lines implements LineWriter {
  readonly #scalars = new Map<unknown, string | undefined>();
  readonly #keys = new Map<string, string | undefined>();

  scalar(value: unknown): string | undefined {
    if (typeof value === 'boolean' || value === null) return String(value);
    // A map of JavaScript takes 0 and -0 for the same key.
    if (typeof value === 'number' && Number.isFinite(value))
      return Object.is(value, -0) ? '-0' : JSON.stringify(value);
    return remembered(this.#scalars, value, () => lineBetween('k: ', wholeText({ k: value }), '\n'));
  }

  key(text: string): string | undefined {
    // How these are written depends on the column: they could be taken for the marks between documents.
    if (/^(?:---|\.\.\.)/.test(text)) return undefined;
    return remembered(this.#keys, text, () => lineBetween('', wholeText({ [text]: 0 }), ': 0\n'));
  }
}

function lineBetween(start: string, text: string, end: string): string | undefined {
  if (!text.startsWith(start) || !text.endsWith(end) || text.startsWith('? ')) return undefined;
  const line = text.slice(start.length, -end.length);
  return line.includes('\n') ? undefined : line;
}

function remembered<K>(known: Map<K, string | undefined>, key: K, make: () => string | undefined) {
  if (!known.has(key)) known.set(key, make());
  return known.get(key);
}

/** Escaped here, not afterwards: how long a key is decides how it is written. */
function escapingTexts(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:str') return tag;
    const { stringify: plain } = tag as ScalarTag;
    const escaping: ScalarTag['stringify'] = (item: Scalar, ...rest) =>
      hasUnseen(String(item.value)) ? quoted(String(item.value)) : plain!(item, ...rest);
    return { ...tag, stringify: escaping } as ScalarTag;
  });
}

/** A text as it can appear anywhere in YAML, including lists in brackets; as a key, by `yamlKey`. */
export function yamlScalar(text: string): string {
  return /^[A-Za-z_.][\w./-]*$/.test(text) ? stringify(text, { lineWidth: 0 }).trim() : quoted(text);
}

/**
 * The key of a mapping in block style, with the colon that its value follows.
 *
 * @param indent the column of the mapping
 */
export function yamlKey(text: string, indent: number): string {
  const key = yamlScalar(text);
  return key.length > LONGEST_KEY ? `? ${key}\n${' '.repeat(indent)}:` : `${key}:`;
}

function quoted(text: string): string {
  return escapeUnseen(JSON.stringify(text), (point) => `\\U${point.toString(16).padStart(8, '0')}`);
}
