import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, secondsOf } from '../../../src/pipeline/recipe/resources.js';

test('memory is read in powers of 1000 and of 1024', () => {
  const sizes = { '16GB': 16e9, '16G': 16e9, '1.5GiB': 1.5 * 2 ** 30, '500MB': 5e8, '2TiB': 2 * 2 ** 40 };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(bytesOf(text), bytes, text);
  for (const text of ['', '16', 'GB', '-1GB', '16 GB', '1e3GB']) assert.equal(bytesOf(text), undefined, text);
});

test('times are read as units and as a clock', () => {
  const times = { '90s': 90, '30m': 1800, '4h': 14_400, '1d12h': 129_600, '0:30': 1800, '2:00:30': 7230 };
  for (const [text, seconds] of Object.entries(times)) assert.equal(secondsOf(text), seconds, text);
  assert.equal(secondsOf('1-12:00:00'), 129_600);
  for (const text of ['', '30', 'h', '4h30', '1:2:3:4']) assert.equal(secondsOf(text), undefined, text);
});
