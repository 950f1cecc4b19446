import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isUnguarded } from '../../../../src/pipeline/run/guard/unguarded-paths.js';

const isWindows = process.platform === 'win32';

test("a user's files are inputs wherever the project is, also below a folder of the system's", {
  skip: isWindows,
}, () => {
  for (const project of ['/usr/src/app', '/dev/shm/app', join(tmpdir(), 'app'), '/srv/app']) {
    const folders = { own: [project], open: [`${project}/.etude`] };
    assert.ok(!isUnguarded(`${project}/number.txt`, folders), project);
    assert.ok(isUnguarded(`${project}/.etude/objects/x`, folders), project);
    assert.ok(isUnguarded(`${project}/node_modules/x/i.js`, folders), project);
  }
});

test('files of the system, and temporary ones of others, are not inputs', { skip: isWindows }, () => {
  const folders = { own: ['/srv/app', '/usr', '/'], open: [] };
  for (const path of ['/usr/share/zoneinfo/UTC', '/etc/hosts', '/dev/urandom', join(tmpdir(), 'other')])
    assert.ok(isUnguarded(path, folders), path);
  assert.ok(!isUnguarded('/srv/data.txt', folders));
});
