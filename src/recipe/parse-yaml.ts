import { type Document, isCollection, isMap, isScalar, parseDocument, visit, type YAMLError } from 'yaml';
import { findMask, maskReferences } from './mask.js';
import type { Mistake, Problem } from './problem.js';
import type { SourceText } from './source.js';
import { tagMistake, toValue } from './yaml-value.js';

/** A value of JSON: what a recipe is made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Parses the part of `source` from `offset` as one YAML 1.2 document (core schema, merge keys allowed) and records where each path
 * below `source.root` stands. All syntax errors are returned, one a line.
 */
export function parseYaml(source: SourceText, offset = 0): { value: Json } | { problems: Problem[] } {
  const text = source.text.slice(offset);
  const forbidden = findMask(text);
  if (forbidden !== -1) {
    const range = { start: offset + forbidden, end: offset + forbidden + 1 };
    return { problems: [source.problem(range, { message: 'this character is not allowed in a recipe' })] };
  }
  try {
    const document = parseDocument(maskReferences(text), {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
    const problems = syntaxProblems(document, source, offset);
    if (problems.length > 0) return { problems };
    return toValue(document.contents, source, offset);
  } catch (error) {
    // The composer is recursive: thousands of nested brackets end its stack.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [source.problem({ start: offset, end: offset }, { message: 'nested too deeply' })] };
  }
}

function syntaxProblems(document: Document, source: SourceText, offset: number): Problem[] {
  const problems: Problem[] = [];
  const lines = new Set<number>();
  for (const error of [...document.errors, ...document.warnings]) {
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
  return problems;
}

const UNCLOSED = /Missing closing|must be sufficiently indented and end with|expected flow (map|seq)/i;

/** The bracket or quote that is still open at the offset: the mistake lies there, not where the parser noticed it. */
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
    return { message: 'a second YAML document', expected: 'one document a file' };
  if (error.code === 'MULTILINE_IMPLICIT_KEY') {
    return { message: 'YAML syntax: not a key', expected: 'a key on one line with a colon after it' };
  }
  const tag = /^Unresolved tag: (.*)$/.exec(message)?.[1];
  if (tag !== undefined) return tagMistake(tag);
  return { message: `YAML syntax: ${message.charAt(0).toLowerCase()}${message.slice(1)}` };
}
