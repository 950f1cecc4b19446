import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLocks, lockedFingerprints } from '../../../src/pipeline/lock/find-locks.js';
import { formatLock } from '../../../src/pipeline/lock/lock-file-io.js';
import type { LockFile } from '../../../src/pipeline/lock/types.js';
import { EtudeError } from '../../../src/util/errors.js';
import { Project } from '../../support/project.js';

const FINGERPRINT = 'ab'.repeat(32);
const LOCK: LockFile = {
  format: 1,
  recipe: 'a.yaml',
  name: 'a',
  etude: '0.1.0',
  engine: 'cpu 1',
  platform: { os: 'linux', arch: 'x64', cpu: 'x', cores: 1, node: '20' },
  tolerances: {},
  stages: {
    one: {
      uses: 'load',
      fingerprint: FINGERPRINT,
      params: {},
      code: '0'.repeat(64),
      output: { kind: 'report', digest: '1'.repeat(64) },
    },
  },
};

test('locks are found next to recipes anywhere in the project, and nowhere else', async () => {
  const project = new Project();
  for (const recipe of ['a.yaml', 'deep/er/b.yml', 'node_modules/p/c.yaml', '.git/d.yaml', '.etude/e.yaml']) {
    project.write(recipe, 'stages: {}');
    project.write(recipe.replace(/\.ya?ml$/, '.lock'), 'lock');
  }
  project.write('yarn.lock', 'of another program');
  project.write('deep/no-lock.yaml', 'stages: {}');
  const found = await findLocks(project.dir, assert.fail);
  assert.deepEqual(
    found.map((path) => path.slice(project.dir.length + 1)),
    ['a.lock', 'deep/er/b.lock'],
  );
  assert.deepEqual(await findLocks(`${project.dir}/not-there`, assert.fail), []);
});

test('a lock names the fingerprints of its stages; one of another program names none; a broken one is an error', async () => {
  const project = new Project();
  const read = (text: string) => {
    project.write('a.lock', text);
    return lockedFingerprints(`${project.dir}/a.lock`);
  };
  assert.deepEqual(await read(formatLock(LOCK)), [FINGERPRINT]);
  assert.equal(await read("schema: '2.0'\nstages:\n  a: { cmd: x }\n"), undefined);
  assert.equal(await lockedFingerprints(`${project.dir}/gone.lock`), undefined);
  const whole = formatLock(LOCK);
  for (const broken of [
    '',
    whole.slice(0, whole.length / 2),
    `<<<<<<< HEAD\n${whole}`,
    whole.replace(FINGERPRINT, 'short'),
    whole.replace('format: 1', 'format: 2'),
  ]) {
    await assert.rejects(read(broken), (error) => error instanceof EtudeError, broken.slice(0, 40));
  }
});
