import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeText, html, scriptJson } from '../../../src/learning/report/page/html.js';
import { HOSTILE } from '../../support/reported-run.js';

test('what is put into a template is text, in elements and in attributes', () => {
  for (const text of HOSTILE) {
    const { markup } = html`<b title="${text}">${text}</b>`;
    const [, attribute, content] = /^<b title="([^"]*)">([^<]*)<\/b>$/.exec(markup)!;
    assert.equal(attribute, content);
    assert.doesNotMatch(content!, /[<>"'\p{Cc}\p{Cf}\p{Zl}]/u);
  }
  assert.equal(html`${html`<i>${'<'}</i>`}${[1, undefined, '&']}`.markup, '<i>&#60;</i>1&#38;');
});

test('invisible characters of a name become visible', () => {
  assert.equal(escapeText('a\u202eb\u0000'), 'a\ufffdb\ufffd');
  assert.equal(escapeText('שלום'), 'שלום');
});

test('JSON in a script neither ends it nor changes', () => {
  const value = { names: [...HOSTILE, '<!--<script>', '\u{e0001}'] };
  const text = scriptJson(value);
  assert.doesNotMatch(text, /[<>&\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.deepEqual(JSON.parse(text), value);
});
