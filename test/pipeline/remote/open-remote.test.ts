import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openRemote } from '../../../src/pipeline/remote/open-remote.js';
import { EtudeError } from '../../../src/util/errors.js';

test('a bucket is named with or without a prefix, a folder by its path', () => {
  assert.equal(openRemote('s3://bucket').name, 's3://bucket');
  assert.equal(openRemote('s3://bucket/team/etude/').name, 's3://bucket/team/etude');
  assert.equal(openRemote('some/folder').name, 'some/folder');
});

test('credentials in an address are refused, and not shown', () => {
  for (const name of [
    's3://AKIAEXAMPLE:se/cret@bucket/x',
    's3://AKIAEXAMPLE:se/cret',
    's3:AKIAEXAMPLE:secret@bucket',
    'https://user:se/cret@host/x',
  ]) {
    assert.throws(
      () => openRemote(name),
      (error) => error instanceof EtudeError && !/cret|AKIA/.test(error.describe()),
    );
  }
});

test('the client for buckets is not loaded before it is used', () => {
  openRemote('s3://bucket');
  const { cache } = createRequire(import.meta.url);
  assert.equal(
    Object.keys(cache).find((path) => path.includes('@aws-sdk')),
    undefined,
  );
});

test('an invalid bucket address is refused with an example of a valid one', () => {
  for (const name of [
    's3:',
    's3://',
    's3://x',
    's3://bucket/a//b',
    's3://bucket/../b',
    's3://bucket/b?region=c',
  ])
    assert.throws(() => openRemote(name), /not an address of a remote cache/);
  assert.throws(
    () => openRemote('ftp://host/x'),
    (error: EtudeError) =>
      error.expected === 'a shared folder, s3://bucket/prefix or hf://datasets/owner/name',
  );
});
