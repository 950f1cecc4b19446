import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  paintText,
  terminalColumns,
  terminalLine,
  terminalText,
  toJson,
} from '../../src/terminal/terminal-text.js';

const anyText = fc.string({
  unit: fc.oneof(fc.nat(0xa0), fc.nat(0xffff)).map((code) => String.fromCharCode(code)),
});
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

test('escape sequences are removed, other invisible characters are marked, and text stays', () => {
  assert.equal(terminalText('a\u001b[2Jb\n\u001b]0;title\u0007c\td'), 'ab\nc\td');
  assert.equal(
    terminalText('\u009b31mx \u202egnp.exe \u200b\ufeff\u0007'),
    'x \ufffdgnp.exe \ufffd\ufffd\ufffd',
  );
  assert.equal(terminalText('one\r\ntwo\rthree'), 'one\ntwo\ufffdthree');
  for (const text of ['plain', 'naïve Grüße', 'שלום', '日本語', '👩‍👩‍👧 🏳️‍🌈', 'नमस्ते'])
    assert.equal(terminalText(text), text);
  assert.equal(terminalLine('a\nb\r\n\tc\u2028d'), 'a b c d');
  assert.equal(terminalColumns('a\u001b[1m\tb\n'), 'a\ufffd[1m b\ufffd');
});

test('whatever a text is, none of it controls the terminal', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.doesNotMatch(terminalText(text).replaceAll(/[\n\t\u200c\u200d]/g, ''), UNSEEN);
      assert.doesNotMatch(terminalLine(text).replaceAll(/[\u200c\u200d]/g, ''), UNSEEN);
      assert.equal(terminalText(terminalText(text)), terminalText(text));
      assert.equal(terminalColumns(text).length, text.length);
      const painted = paintText(text, (inner) => `<${inner}>`);
      assert.equal(painted, `<${terminalText(text)}>`);
    }),
  );
});

test('JSON contains no control sequences, and is read back unchanged', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = toJson({ [text]: [text] }, 1);
      assert.doesNotMatch(json.replaceAll('\n', ''), UNSEEN);
      assert.deepEqual(JSON.parse(json), { [text]: [text] });
    }),
  );
});

test('escape codes are written in one place', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url));
  const may = new Set(['terminal-text.ts', join('ui', 'ink', 'ink-output.ts')]);
  const wrong = readdirSync(src, { recursive: true })
    .map(String)
    .filter((name) => /\.tsx?$/.test(name) && !may.has(name))
    .filter((name) =>
      /\\u001b|\\x1b|\\e\[|as Painted|stripVTControl/i.test(readFileSync(join(src, name), 'utf8')),
    );
  assert.deepEqual(wrong, []);
});
