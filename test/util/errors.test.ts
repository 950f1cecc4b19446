import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EtudeError, messageOf } from '../../src/util/errors.js';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('errors of the system are explained in words, with the path', () => {
  assert.equal(messageOf(thrownBy(() => readFileSync('/no/such'))), '/no/such: no such file or folder');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  assert.equal(messageOf(full), 'disk full');
});

test('other errors are shown by their message, and anything that is not an error as text', () => {
  const error = new EtudeError('wrong rate', { expected: '16000', where: { file: 'a.wav', row: 3 } });
  assert.equal(messageOf(error), 'a.wav row 3: wrong rate\n  expected 16000');
  assert.equal(messageOf(Object.assign(new Error('odd'), { code: 'EODD' })), 'odd');
  assert.equal(messageOf('a string'), 'a string');
});

test('an error of another copy of Etude is an EtudeError, but not of a subclass', async () => {
  const copy = (await import(`${new URL('../../src/util/etude-error.js', import.meta.url).href}?copy`)) as {
    EtudeError: typeof EtudeError;
  };
  assert.notEqual(copy.EtudeError, EtudeError);
  class Narrow extends EtudeError {}
  const other = new copy.EtudeError('wrong rate', { hint: 'Resample.' });
  assert.ok(other instanceof EtudeError);
  assert.ok(!(other instanceof Narrow));
  assert.ok(new Narrow('narrow') instanceof Narrow);
  assert.ok(new Narrow('narrow') instanceof copy.EtudeError);
  assert.ok(!(new Error('any') instanceof EtudeError));
  assert.equal(messageOf(other), 'wrong rate\n  Resample.');
});
