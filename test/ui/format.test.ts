import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { bar } from '../../src/terminal/bar.js';
import * as format from '../../src/terminal/format.js';
import {
  clean,
  fit,
  fitLine,
  fold,
  foldIndented,
  foldMessage,
  lineWidth,
  span,
  truncate,
  widthOf,
} from '../../src/terminal/line.js';
import { sparkline } from '../../src/terminal/sparkline.js';
import { emptyHistory, remember, valuesOf } from '../../src/ui/loss-curve.js';
import { observe, perSecond, startRate } from '../../src/ui/rate.js';

test('durations keep two units and never show sixty seconds', () => {
  const shown = [0, 1.84, 9.94, 9.96, 59.6, 72, 3599.7, 7500, 200_000].map(format.formatDuration);
  assert.deepEqual(shown, ['0.0s', '1.8s', '9.9s', '10s', '1m 00s', '1m 12s', '1h 00m', '2h 05m', '2d 08h']);
  assert.equal(format.formatDuration(Number.NaN), '');
});

test('the time left is in full seconds, rounded up', () => {
  assert.deepEqual([0.2, 3, 72].map(format.formatTimeLeft), ['1s', '3s', '1m 12s']);
});

test('numbers keep three digits and no needless zeros', () => {
  const shown = [3e-5, 1.4e-5, 0.9345, 0.5, 12.34, 563, 1234.5, 12_000_000, -0.25, 0].map(
    format.formatNumber,
  );
  assert.deepEqual(shown, ['3e-5', '1.4e-5', '0.934', '0.5', '12.3', '563', '1235', '1.2e7', '-0.25', '0']);
});

test('amounts and rates of bytes have their own units', () => {
  assert.equal(format.formatAmount(12, 48, 'clips'), '12/48 clips');
  assert.equal(format.formatAmount(12, undefined, 'rows'), '12 rows');
  assert.equal(format.formatAmount(12_340_000, 34_200_000, 'bytes'), '12.3 MB of 34.2 MB');
  assert.equal(format.formatAmount(512, undefined, 'bytes'), '512 B');
  assert.equal(format.formatRate(5_200_000, 'bytes'), '5.2 MB/s');
});

test('losses, metrics, rates, bytes and per cents', () => {
  assert.deepEqual([2.639, 0.0512, 12.34, 0].map(format.formatLoss), ['2.64', '0.051', '12.3', '0.00']);
  assert.deepEqual([0.9346, 1, 168].map(format.formatMetric), ['0.935', '1.000', '168']);
  assert.deepEqual(
    [7.14, 563.2, 0.05].map((rate) => format.formatRate(rate, 'clips')),
    ['7.1 clips/s', '563 clips/s', '20s/clip'],
  );
  assert.deepEqual([512, 16_230_000, 999_700].map(format.formatBytes), ['512 B', '16.2 MB', '1.0 MB']);
  assert.deepEqual([0, 0.999, 1].map(format.formatPercent), ['0 %', '99 %', '100 %']);
});

test('a bar has the requested width at every fraction, and moves by half a character', () => {
  for (const fraction of [-1, 0, 0.33, 0.5, 0.999, 1, 2, Number.NaN]) {
    const { full, rest } = bar(fraction, 10);
    assert.equal(widthOf(full + rest), 10);
  }
  assert.deepEqual(bar(0.25, 10), { full: '━━╸', rest: '───────' });
});

test('a sparkline spans its values, leaves out what is not finite, and folds many values into few cells', () => {
  assert.equal(sparkline([3, 2, 1], 8), '█▅▁');
  assert.equal(sparkline([1, Number.NaN, 1], 8), '▁▁');
  assert.equal(sparkline([], 8), '');
  assert.equal(
    sparkline(
      Array.from({ length: 1000 }, (_, i) => 1000 - i),
      4,
    ),
    '█▆▃▁',
  );
});

test('a history keeps the entire curve, evenly, within its limit', () => {
  let history = emptyHistory;
  for (let i = 0; i < 10_000; i++) history = remember(history, i, 64);
  const values = valuesOf(history);
  assert.ok(values.length <= 64 && values.length > 32);
  const steps = values.slice(1, -1).map((value, i) => value - values[i]!);
  assert.deepEqual(new Set(steps), new Set([256]));
});

test('a steady rate is found at once, and a new part resets it', () => {
  let rate = startRate(0, 0);
  assert.equal(perSecond(rate), undefined);
  for (let second = 1; second <= 3; second++) rate = observe(rate, second * 1000, second * 7);
  assert.ok(Math.abs(perSecond(rate)! - 7) < 1e-9);
  assert.equal(perSecond(observe(rate, 4000, 0)), undefined);
});

test('text is truncated by columns, not by characters', () => {
  assert.equal(truncate('音声分類', 5), '音声…');
  assert.equal(truncate('plain', 5), 'plain');
  assert.equal(truncate('👩‍👩‍👧‍👦 family', 4), '👩‍👩‍👧‍👦…');
  assert.equal(widthOf(fit('音声分類', 6)), 6);
  assert.equal(lineWidth(fitLine([span('音声'), span('分類')], 7)), 7);
  assert.deepEqual(fold('one two three', 7), ['one two', 'three']);
});

test('characters that are assumed to be narrow are', () => {
  for (let code = 0x20; code < 0x3000; code++) {
    const character = String.fromCharCode(code);
    if (widthOf(character) === character.length)
      assert.equal(stringWidth(character), 1, `U+${code.toString(16)}`);
  }
});

test('messages are folded between words; a word that is too long continues on the next line', () => {
  assert.deepEqual(foldIndented('  one two /a/long/path.wav', 10), ['  one two', '  /a/long/', '  path.wav']);
  assert.deepEqual(foldIndented('語語語語語語 x', 9), ['語語語語', '語語 x']);
  const text = 'no such file\n  expected a folder of audio';
  assert.equal(
    foldMessage(text, { isTTY: true, columns: 20 }),
    'no such file\n  expected a folder\n  of audio',
  );
  assert.equal(foldMessage(text, {}), text);
  assert.equal(
    foldMessage(text, { isTTY: true, columns: 0 }),
    foldMessage(text, { isTTY: true, columns: 80 }),
    'a terminal that does not say its size',
  );
});

test('control characters of foreign text cannot reach the terminal', () => {
  assert.equal(clean('a\u001b[2Jb\tc\nd\u0007\u009b1me'), 'ab c d\ufffde');
});
