import { type Scalar, type ScalarTag, stringify, type Tags } from 'yaml';
import { escapeUnseen, hasUnseen } from '../../terminal/terminal-text.js';

/** YAML 1.2: an implicit key, one followed by its colon on the same line, is no longer. */
const LONGEST_KEY = 1024;

/**
 * A value as YAML that may be shown on a terminal as it is, and reads back the same: what cannot be seen in a
 * text is escaped, in double quotes. Every value has its own line.
 */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, customTags: escapingTexts });
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
