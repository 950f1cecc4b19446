import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collected } from '../../../src/pipeline/bundle/collect.js';
import { writeBundle } from '../../../src/pipeline/bundle/write-bundle.js';
import { tempFolder } from '../../support/cache.js';

/** Bundles a member that never ends. */
const ENDLESS = `
const { writeBundle } = await import(process.argv[1]);
const from = { file: '/dev/zero' };
await writeBundle(process.argv[2], {
  manifest: {},
  packed: [{ name: 'project/zeros', size: 2 ** 32, sha256: '0'.repeat(64), from }],
});
`;

const nothing = { manifest: {}, packed: [] } as unknown as Collected;

test('what a killed bundle left behind is removed by the next one, once it is old and its process is gone', {
  skip: process.platform === 'win32',
}, async () => {
  const dir = tempFolder();
  const file = join(dir, 'x.etude.tar');
  const module = new URL('../../../src/pipeline/bundle/write-bundle.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', ENDLESS, module, file]);
  while (!readdirSync(dir).some((name) => name.endsWith('.part'))) {
    assert.equal(child.exitCode, null);
    await sleep(5);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [left] = readdirSync(dir);
  assert.match(left!, new RegExp(`^\\.${basename(file)}\\.${child.pid}-`));

  // Just left: a process on another machine may still be writing it.
  await writeBundle(file, nothing);
  assert.deepEqual(readdirSync(dir).sort(), [left, 'x.etude.tar']);
  const old = new Date(Date.now() - 3_600_000);
  utimesSync(join(dir, left!), old, old);
  // Nor is anybody else's file touched, however old.
  const others = ['.x.etude.tar.notes.part', '.y.etude.tar.1-01234567.part'];
  for (const name of others) {
    writeFileSync(join(dir, name), '');
    utimesSync(join(dir, name), old, old);
  }
  await writeBundle(file, nothing, { force: true });
  assert.deepEqual(readdirSync(dir).sort(), [...others, 'x.etude.tar'].sort());
});
