import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newestState, StateSaver } from '../../../../src/pipeline/executors/store/saved-state.js';
import { FolderRemote } from '../../../../src/pipeline/remote/folder-remote.js';
import { UNFINISHED } from '../../../../src/stage/unfinished.js';
import { tempFolder } from '../../../support/temp-folder.js';

const JOB = { fingerprint: 'ab'.repeat(32), name: 'etude-model-1' };

/** A scratch folder with states as trainings save them, and a remote. */
async function setting() {
  const folder = tempFolder('state');
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const remote = new FolderRemote(join(folder, 'remote'), 'remote');
  await remote.prepare(new AbortController().signal);
  const saver = new StateSaver(remote, scratch, join(folder, 'links'), JOB, 0);
  const write = (step: number, weights = `weights of step ${step}`) => {
    const aside = join(scratch, 'aside');
    mkdirSync(aside);
    writeFileSync(join(aside, 'model'), weights);
    writeFileSync(join(aside, 'state'), String(step));
    renameSync(aside, join(scratch, `checkpoint-${step}`));
  };
  const newest = async () => {
    const found = await newestState(remote, JOB);
    return found && { number: found.number, names: Object.keys(found.state.files) };
  };
  return { folder, scratch, remote, saver, write, newest };
}

test('each new state of a training is put on the remote, and the newest is found', async () => {
  const { folder, scratch, saver, write, newest } = await setting();
  assert.equal(await saver.save(), false);
  assert.equal(await newest(), undefined);
  for (const step of [1, 2, 3, 4, 5, 6]) {
    write(step);
    rmSync(join(scratch, `checkpoint-${step - 1}`), { recursive: true, force: true });
    assert.equal(await saver.save(), true);
    const names = ['model', 'state'].map((file) => join(`checkpoint-${step}`, file));
    assert.deepEqual(await newest(), { number: step, names });
  }
  assert.equal(await saver.save(), false);
  const kept = readdirSync(join(folder, 'remote/jobs', JOB.fingerprint, JOB.name, 'state'));
  const texts = kept.map((name) =>
    readFileSync(join(folder, 'remote/jobs', JOB.fingerprint, JOB.name, 'state', name), 'utf8'),
  );
  assert.ok(texts.includes('weights of step 6'));
  assert.equal(readdirSync(folder).includes('links'), false);
});

test('what is still being written is no part of a state', async () => {
  const { scratch, saver, write, newest } = await setting();
  const writing = join(scratch, `${UNFINISHED}8`);
  mkdirSync(writing);
  writeFileSync(join(writing, 'model'), 'the first half');
  assert.equal(await saver.save(), false);
  write(4);
  assert.equal(await saver.save(), true);
  const names = ['model', 'state'].map((file) => join('checkpoint-4', file));
  assert.deepEqual(await newest(), { number: 1, names });
});

test('a state that changes while it is read is not saved', async () => {
  const { scratch, saver, write, newest } = await setting();
  write(1);
  const changing = saver.save();
  rmSync(join(scratch, 'checkpoint-1'), { recursive: true });
  assert.equal(await changing, false);
  assert.equal(await newest(), undefined);
});

test('states are saved at most so often, and a remote that is down costs no more than a warning', async () => {
  const { remote, saver, write, newest } = await setting();
  const warnings: string[] = [];
  let isDown = true;
  const putMany = remote.putMany.bind(remote);
  remote.putMany = async (...args) => {
    if (isDown) throw new Error('down');
    return putMany(...args);
  };
  write(1);
  const stop = saver.every(150, (text) => warnings.push(text));
  while (warnings.length === 0) await sleep(10);
  assert.match(warnings[0]!, /state could not be saved on remote, it is tried again: down/);
  isDown = false;
  while ((await newest()) === undefined) await sleep(10);
  for (let step = 2; step < 12; step++) {
    write(step);
    await sleep(10);
  }
  await stop();
  assert.ok((await newest())!.number <= 3);
});
