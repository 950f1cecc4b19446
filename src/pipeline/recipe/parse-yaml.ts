import {
  Composer,
  type CST,
  type Document,
  isCollection,
  isMap,
  isScalar,
  Lexer,
  Parser,
  visit,
  type YAMLError,
} from 'yaml';
import type { Json } from '../../util/json.js';
import { findMask, maskReferences } from './mask-references.js';
import type { Mistake, Problem } from './problem.js';
import type { Path, SourceText } from './source-positions.js';
import { tagMistake, tooDeep, toValue } from './yaml-value.js';

/** Each level takes one or two entries on the parser's stack. */
const DEEPEST_STACK = 150;
/** After this many, the text is not YAML at all. */
const MOST_ERRORS = 50;

/**
 * Parses the part of `source` from `offset` as one YAML 1.2 document (core schema, merge keys allowed) and
 * records the position of each path; `path` is that of the document's root. All syntax errors are returned,
 * one per line. `keys` are the keys that a value lacks because they are wrong.
 */
export function parseYaml(
  source: SourceText,
  offset = 0,
  path: Path = [],
): { value: Json; keys: Problem[] } | { problems: Problem[] } {
  const text = source.text.slice(offset);
  const forbidden = findMask(text);
  if (forbidden !== -1) {
    const range = { start: offset + forbidden, end: offset + forbidden + 1 };
    return { problems: [source.problem(range, { message: 'this character is not allowed in a recipe' })] };
  }
  const composed = compose(maskReferences(text));
  if ('tooDeepAt' in composed) {
    const range = { start: offset + composed.tooDeepAt, end: offset + composed.tooDeepAt };
    return { problems: [source.problem(range, tooDeep)] };
  }
  const problems = syntaxProblems(composed, source, offset);
  return problems.length > 0 ? { problems } : toValue(composed.document.contents, source, offset, path);
}

interface Composed {
  document: Document;
  errors: YAMLError[];
  /** Where a second document starts. */
  second?: number;
}

/**
 * The steps of `parseDocument`, with a check of the depth between them: the composer is recursive, so that
 * thousands of brackets in a row would end the process.
 */
function compose(text: string): Composed | { tooDeepAt: number } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > DEEPEST_STACK) return { tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  const options = { prettyErrors: false, uniqueKeys: false } as const;
  const documents = new Composer(options).compose(tokens, true, text.length);
  const [document, next] = [
    documents.next().value as Document,
    documents.next().value as Document | undefined,
  ];
  const errors = [...document.errors, ...document.warnings];
  return { document, errors, second: next?.range?.[0] };
}

function syntaxProblems(
  { document, errors, second }: Composed,
  source: SourceText,
  offset: number,
): Problem[] {
  const problems: Problem[] = [];
  const lines = new Set<number>();
  for (const error of errors.slice(0, MOST_ERRORS)) {
    const open = UNCLOSED.test(error.message) ? openingBefore(document, error.pos[0]) : undefined;
    const range = {
      start: (open?.at ?? error.pos[0]) + offset,
      end: (open ? open.at + 1 : error.pos[1]) + offset,
    };
    const problem = source.problem(range, open?.mistake ?? syntaxMistake(error));
    if (lines.has(problem.line)) continue;
    lines.add(problem.line);
    problems.push(problem);
    // An unclosed bracket or quote makes everything after it look wrong.
    if (UNCLOSED.test(error.message)) break;
  }
  if (second !== undefined && problems.length === 0) {
    const range = { start: offset + second, end: offset + second + 3 };
    problems.push(
      source.problem(range, { message: 'a second YAML document', expected: 'one document per file' }),
    );
  }
  return problems;
}

const UNCLOSED = /Missing closing|and end with a|must end with a/;

/**
 * The bracket or quote that is still open at the offset: the mistake is there, not where the parser noticed
 * it.
 */
function openingBefore(document: Document, offset: number): { at: number; mistake: Mistake } | undefined {
  let at: number | undefined;
  let closing = '';
  visit(document, {
    Node: (_, node) => {
      const quoted = isScalar(node) && /^QUOTE/.test(String(node.type));
      const flow = isCollection(node) && node.flow === true;
      if (!(quoted || flow) || !node.range || node.range[0] >= offset || node.range[2] < offset) return;
      at = node.range[0];
      closing = quoted ? (node.type === 'QUOTE_SINGLE' ? "'" : '"') : isMap(node) ? '}' : ']';
    },
  });
  return at === undefined
    ? undefined
    : { at, mistake: { message: 'YAML syntax: this is never closed', expected: closing } };
}

function syntaxMistake(error: YAMLError): Mistake {
  const { message } = error;
  if (error.code === 'TAB_AS_INDENT' || /tabs?\b/i.test(message)) {
    return { message: 'a tab is not allowed as indentation', expected: 'spaces' };
  }
  if (error.code === 'MULTIPLE_DOCS')
    return { message: 'a second YAML document', expected: 'one document per file' };
  if (error.code === 'MULTILINE_IMPLICIT_KEY') {
    return { message: 'YAML syntax: not a key', expected: 'a key followed by a colon on one line' };
  }
  const tag = /^Unresolved tag: (.*)$/.exec(message)?.[1];
  if (tag !== undefined) return tagMistake(tag);
  return { message: `YAML syntax: ${message.charAt(0).toLowerCase()}${message.slice(1)}` };
}
