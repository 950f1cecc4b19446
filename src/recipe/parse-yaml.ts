import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import { findMask, maskReferences } from './mask.js';
import type { Problem } from './problem.js';
import type { SourceText } from './source.js';
import { toValue } from './yaml-value.js';

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
      lineCounter: new LineCounter(),
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const problems = syntaxProblems([...document.errors, ...document.warnings], source, offset);
    if (problems.length > 0) return { problems };
    return toValue(document.contents, source, offset);
  } catch (error) {
    // The composer is recursive: thousands of nested brackets end its stack.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [source.problem({ start: offset, end: offset }, { message: 'nested too deeply' })] };
  }
}

function syntaxProblems(errors: YAMLError[], source: SourceText, offset: number): Problem[] {
  const problems: Problem[] = [];
  const lines = new Set<number>();
  for (const error of errors) {
    const range = { start: error.pos[0] + offset, end: error.pos[1] + offset };
    const problem = source.problem(range, syntaxMistake(error));
    if (lines.has(problem.line)) continue;
    lines.add(problem.line);
    problems.push(problem);
    // An unclosed bracket or quote makes everything after it look wrong.
    if (/Missing closing|must be sufficiently indented and end with/.test(error.message)) break;
  }
  return problems;
}

function syntaxMistake(error: YAMLError): { message: string; expected?: string } {
  const { message } = error;
  if (error.code === 'TAB_AS_INDENT' || /tabs?\b/i.test(message)) {
    return { message: 'a tab is not allowed as indentation', expected: 'spaces' };
  }
  if (error.code === 'MULTIPLE_DOCS')
    return { message: 'a second YAML document', expected: 'one document a file' };
  if (error.code === 'TAG_RESOLVE_FAILED')
    return { message: `not supported: ${lowerFirst(message)}`, expected: 'no tag' };
  return { message: `YAML syntax: ${lowerFirst(message.replace(/; please use .*$/, ''))}` };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
