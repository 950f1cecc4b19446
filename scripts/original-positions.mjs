/**
 * Translates positions in the output of Node's test runner, `file:line:column`, from the JavaScript that
 * `compile-tests.mjs` makes to TypeScript.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_BUILD } from './compile-tests.mjs';

const POSITION = new RegExp(`((?:file://)?[^\\s()'"]*${TEST_BUILD}/[^\\s()'":]+\\.c?js):(\\d+):(\\d+)`, 'g');
const maps = new Map();

/** The text with positions in compiled files replaced by those in their sources. */
export function originalPositions(text) {
  return text.replace(POSITION, (written, name, line, column) => {
    const file = relative('', name.startsWith('file:') ? fileURLToPath(name) : name);
    const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found?.originalSource === undefined) return written;
    const source = relative('', join(dirname(file), found.originalSource));
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

function mapOf(file) {
  if (!maps.has(file)) {
    try {
      maps.set(file, new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))));
    } catch {
      maps.set(file, undefined);
    }
  }
  return maps.get(file);
}
