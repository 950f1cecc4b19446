import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtudeError } from '../../src/util/errors.js';
import { shortage, shortageAtDeath } from '../../src/util/shortage.js';

test('what ran out is reported as such, whoever says it', () => {
  const coded = (code: string, message = code) => Object.assign(new Error(message), { code });
  for (const error of [
    new RangeError('Array buffer allocation failed'),
    new RangeError('WebAssembly.Memory(): could not allocate memory'),
    new Error('std::bad_alloc'),
    new Error('Failed to allocate memory for requested buffer of size 123'),
    coded('ERR_MEMORY_ALLOCATION_FAILED'),
    coded('ERR_WORKER_OUT_OF_MEMORY', 'Worker terminated due to reaching memory limit'),
    coded('ENOMEM'),
  ]) {
    assert.match(shortage(error)!.describe(), /^out of memory\n/, error.message);
  }
  const files = shortage(Object.assign(coded('EMFILE'), { path: 'clips/a.wav' }))!;
  assert.match(files.describe(), /^clips\/a\.wav: too many open files\n.*ulimit -n/s);
  for (const other of [new Error('x is undefined'), coded('ENOENT'), new EtudeError('out of memory'), 'text'])
    assert.equal(shortage(other), undefined);
});

test('a process that died for lack of memory says so, any other death does not', () => {
  const died = (signal: string | null, code: number | null, ...words: string[]) =>
    shortageAtDeath({ signal, code }, words)?.message;
  assert.equal(
    died('SIGABRT', null, 'FATAL ERROR: Reached heap limit - JavaScript heap out of memory'),
    'out of memory',
  );
  assert.equal(died('SIGTRAP', null), 'out of memory');
  assert.equal(died(null, 133), 'out of memory');
  assert.equal(
    died(null, 1, "terminate called after throwing an instance of 'std::bad_alloc'"),
    'out of memory',
  );
  assert.equal(died('SIGSEGV', null, 'at native.cc:12'), undefined);
  assert.equal(died('SIGKILL', null), undefined);
  assert.equal(died(null, 1, 'TypeError: x'), undefined);
});
