import { Document, Scalar, stringify, visit } from 'yaml';
import { escapeUnseen, hasUnseen } from '../../terminal/terminal-text.js';

/**
 * A value as YAML that may be shown on a terminal as it is, and reads back the same: what cannot be seen in a
 * text is escaped, in double quotes. Every value has its own line.
 */
export function yamlText(value: unknown): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false } as const;
  const text = stringify(value, options);
  if (!hasUnseen(text)) return text;
  const document = new Document(value, options);
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && hasUnseen(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escaped(document.toString(options));
}

/** A text as it can appear anywhere in YAML, including lists in brackets. */
export function yamlScalar(text: string): string {
  return /^[A-Za-z_.][\w./-]*$/.test(text) ? stringify(text).trim() : escaped(JSON.stringify(text));
}

function escaped(text: string): string {
  return escapeUnseen(text, (point) => `\\U${point.toString(16).padStart(8, '0')}`);
}
