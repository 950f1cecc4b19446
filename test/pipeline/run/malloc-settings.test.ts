import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { keepingMemory } from '../../../src/pipeline/run/malloc-settings.js';

test('settings of malloc are added to others, which stay', () => {
  const ours = keepingMemory({}).GLIBC_TUNABLES!;
  assert.match(ours, /^(glibc\.malloc\.[a-z_]+=\d+:?)+$/);
  const theirs = 'glibc.cpu.x86_ibt=off';
  assert.deepEqual(keepingMemory({ A: 'b', GLIBC_TUNABLES: theirs }), {
    A: 'b',
    GLIBC_TUNABLES: `${theirs}:${ours}`,
  });
});

test('who has set malloc has decided', () => {
  for (const env of [{ GLIBC_TUNABLES: 'glibc.malloc.perturb=1' }, { MALLOC_ARENA_MAX: '1' }])
    assert.deepEqual(keepingMemory(env), env);
});

test('a process takes the settings without a word', () => {
  const { status, stderr } = spawnSync(process.execPath, ['-e', '0'], {
    env: keepingMemory(process.env),
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});
