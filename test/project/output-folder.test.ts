import assert from 'node:assert/strict';
import fs, { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fillFolder } from '../../src/project/output-folder.js';
import type { EtudeError } from '../../src/util/errors.js';
import { folderOf } from '../support/audio-files.js';

const MARKER = '.etude-export.json';

function writing(...names: string[]) {
  return async (folder: string) => {
    for (const name of names) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), name);
    }
    return names;
  };
}

test('a new folder, an empty one and an earlier export are filled completely', async (t) => {
  const root = folderOf(t, {});
  const out = join(root, 'deep/out');
  await fillFolder(out, {}, writing('a/1', '2'));
  assert.deepEqual(readdirSync(out).sort(), [MARKER, '2', 'a']);
  await fillFolder(out, {}, writing('3'));
  assert.deepEqual(readdirSync(out).sort(), [MARKER, '3']);
  assert.deepEqual(readdirSync(join(root, 'deep')), ['out']);
  mkdirSync(join(root, 'empty'));
  await fillFolder(join(root, 'empty'), {}, writing('4'));
  assert.equal(readFileSync(join(root, 'empty/4'), 'utf8'), '4');
});

test('a folder with anything else is left unchanged, unless forced', async (t) => {
  const root = folderOf(t, { 'out/thesis.txt': 'years of work' });
  const out = join(root, 'out');
  await assert.rejects(fillFolder(out, {}, writing('1')), /is not empty/);
  assert.deepEqual(readdirSync(out), ['thesis.txt']);
  await fillFolder(out, { force: true }, writing('1'));
  assert.deepEqual(readdirSync(out).sort(), [MARKER, '1']);
  writeFileSync(join(out, 'note.txt'), 'mine');
  await assert.rejects(fillFolder(out, {}, writing('2')), (error: { describe(): string }) => {
    assert.match(error.describe(), /got +a folder with note\.txt[\s\S]*--force/);
    return true;
  });
});

test('what a killed export has left next to the folder is removed, but not what may still be written', async (t) => {
  const root = folderOf(t, {});
  const out = join(root, 'out');
  const isDead = 2 ** 22 + 1;
  const [old, recent] = [`.out.${isDead}-00c0ffee.part`, `.out.${isDead}-00c0fffe.part`];
  for (const name of [old, recent]) mkdirSync(join(root, name));
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(root, old), hourAgo, hourAgo);
  await fillFolder(out, {}, writing('1'));
  assert.deepEqual(readdirSync(root).sort(), [recent, 'out']);
});

test('a failure leaves what was there, and nothing next to it', async (t) => {
  const root = folderOf(t, {});
  const out = join(root, 'out');
  await fillFolder(out, {}, writing('1'));
  const failing = async (folder: string) => {
    await writing('2')(folder);
    throw new Error('the disk is full');
  };
  await assert.rejects(fillFolder(out, {}, failing), /disk is full/);
  assert.deepEqual(readdirSync(out).sort(), [MARKER, '1']);
  assert.deepEqual(readdirSync(root), ['out']);
});

test("a user's large folder is refused at its first file, without looking at the rest", async (t) => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`out/${i}/deep/file`, '']));
  const root = folderOf(t, files);
  const opendir = fs.promises.opendir;
  let opened = 0;
  fs.promises.opendir = (...args) => {
    opened++;
    return opendir(...args);
  };
  syncBuiltinESMExports();
  t.after(() => {
    fs.promises.opendir = opendir;
    syncBuiltinESMExports();
  });
  await assert.rejects(fillFolder(join(root, 'out'), {}, writing('1')), (error: EtudeError) => {
    assert.match(error.got ?? '', /^a folder with \d+\/deep\/file$/);
    return true;
  });
  assert.ok(opened > 0 && opened <= 3, `${opened}`);
});
