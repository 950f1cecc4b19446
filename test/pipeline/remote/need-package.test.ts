import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needPackage } from '../../../src/pipeline/remote/need-package.js';
import { EtudeError } from '../../../src/util/errors.js';

test('a missing package is reported with the command that installs it', () => {
  assert.throws(
    () => needPackage('@etude/not-there@3', 'zz://…'),
    (error) => {
      assert.ok(error instanceof EtudeError);
      assert.equal(error.message, 'zz://… needs a package that is not installed');
      assert.match(error.hint ?? '', /^npm install @etude\/not-there@3, /);
      return true;
    },
  );
});

test('the packages that Etude asks for are those it is tested with', () => {
  needPackage('@aws-sdk/client-s3@3', 's3://…');
  needPackage('@huggingface/hub@2', 'a push to hf://…');
});
