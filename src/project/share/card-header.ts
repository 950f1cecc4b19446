import { Document, Scalar, visit } from 'yaml';

/** Words that need no quotes, unless YAML 1.1 has a meaning for them. */
const PLAIN = /^[a-z][\w/-]*$/i;
const MEANINGFUL = /^(?:y|yes|n|no|on|off|true|false|null|nan)$/i;

/** What YAML does not allow as it is, or takes for the end of a line. */
const UNPRINTABLE = /[\u007f-\u00a0\u2028\u2029\ufeff\ufff0-\uffff]/g;

/**
 * The header of a model or dataset card: YAML between two lines of dashes, with which every card begins.
 * Texts of any origin come back unchanged from parsers of YAML 1.1 (Python's, which `huggingface_hub` uses)
 * and 1.2.
 */
export function cardHeader(metadata: Readonly<Record<string, unknown>>): string {
  const document = new Document(metadata, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      if (!PLAIN.test(node.value) || MEANINGFUL.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = document
    .toString({ lineWidth: 0 })
    .replaceAll(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `---\n${text}---\n`;
}
