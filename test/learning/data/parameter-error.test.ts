import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParameterError, problemOf } from '../../../src/learning/data/parameter-error.js';
import { EtudeError } from '../../../src/util/errors.js';

test('a problem keeps the parts of its error separate', () => {
  const error = new EtudeError('m', { expected: 'e', got: 'g', hint: 'Do this.' });
  assert.deepEqual(problemOf(error, 'path'), {
    param: ['path'],
    message: 'm',
    expected: 'e',
    got: 'g',
    suggestion: undefined,
    hint: 'Do this.',
  });
  const { suggestion, hint, expected } = problemOf(
    new ParameterError('split', 'm', { wrong: 'trian', names: ['train', 'test'] }),
    'path',
  );
  assert.deepEqual(
    { suggestion, hint, expected },
    { suggestion: 'train', hint: undefined, expected: 'one of train, test' },
  );
});
