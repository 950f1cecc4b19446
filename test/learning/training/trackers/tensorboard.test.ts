import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32c } from '../../../../src/learning/training/trackers/crc32c.js';
import { checkTrackers } from '../../../../src/learning/training/trackers/open-trackers.js';
import { TensorBoard } from '../../../../src/learning/training/trackers/tensorboard.js';
import { readEventFile } from '../../../support/read-event-file.js';
import { placeAt } from '../../../support/stage.js';
import { tempFolder } from '../../../support/temp-folder.js';

const filesIn = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((name) => readEventFile(readFileSync(join(folder, name))));

test('CRC-32C has the values of RFC 3720', () => {
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 255)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test("a log becomes events with the Trainer's tags, and a training that continues voids what it repeats", async () => {
  const folder = join(tempFolder(), 'runs', 'model');
  const warn = (text: string) => assert.fail(text);
  const long = 'ü'.repeat(100);
  const first = new TensorBoard(folder, { args: long }, warn);
  first.begin(4, [{ loss: 3, epoch: 0.5, step: 4 }]);
  first.log({ loss: 2, grad_norm: 0.5, learning_rate: 1e-4, epoch: 1, step: 300 });
  first.log({ eval_accuracy: 0.25, eval_f1_macro: 0.125, epoch: 1, step: 300 });
  await first.end();
  const [events] = filesIn(folder);
  const [version, text, ...rest] = events!;
  assert.equal(version!.version, 'brain.Event:2');
  assert.ok(Math.abs(version!.time - Date.now() / 1000) < 100);
  assert.deepEqual(text!.texts, { 'args/text_summary': long });
  assert.deepEqual(
    rest.map(({ step, scalars }) => [step, scalars]),
    [
      [4, { 'train/loss': 3, 'train/epoch': 0.5 }],
      [
        300,
        {
          'train/loss': 2,
          'train/grad_norm': 0.5,
          'train/learning_rate': Math.fround(1e-4),
          'train/epoch': 1,
        },
      ],
      [300, { 'eval/accuracy': 0.25, 'eval/f1_macro': 0.125, 'train/epoch': 1 }],
    ],
  );

  // As if of an earlier second.
  const [name] = readdirSync(folder);
  renameSync(join(folder, name!), join(folder, name!.replace(/\d{10}/, '1000000000')));
  const second = new TensorBoard(folder, {}, warn);
  second.begin(200, [{ loss: 3, epoch: 0.5, step: 4 }]);
  second.log({ loss: 2, epoch: 1, step: 300 });
  await second.end();
  const [, resumed] = filesIn(folder);
  assert.deepEqual(
    resumed!.map(({ step, session, scalars }) => [step, session, Object.keys(scalars).length]),
    [
      [0, undefined, 0],
      [201, 1, 0],
      [300, undefined, 2],
    ],
  );
});

test('a folder that cannot be written gives one message, and nothing else', async () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'runs'), '');
  const messages: string[] = [];
  const board = new TensorBoard(join(dir, 'runs', 'model'), {}, (text) => messages.push(text));
  board.begin(0, []);
  for (let step = 1; step < 10; step += 1) board.log({ loss: 1, step });
  await board.end();
  board.log({ loss: 1, step: 10 });
  assert.equal(messages.length, 1);
  assert.match(messages[0]!, /^nothing more is reported to TensorBoard: /);
});

test('the folder is inside the project, links followed', () => {
  const dir = join(tempFolder(), 'project');
  mkdirSync(dir);
  symlinkSync('..', join(dir, 'away'));
  const check = (logging_dir: string, report_to: 'tensorboard' | 'none' = 'tensorboard') => {
    const found: string[] = [];
    checkTrackers({ report_to, logging_dir }, placeAt(dir), ({ message }) => found.push(message));
    return found;
  };
  for (const inside of ['runs', 'a/b', './a/../c', join(dir, 'x')]) assert.deepEqual(check(inside), []);
  for (const outside of ['..', '../runs', '/tmp', 'away', 'away/runs'])
    assert.deepEqual(check(outside), ['logging_dir is outside the project'], outside);
  assert.match(check('runs', 'none')[0]!, /no effect/);
});

test('an unknown tracker is refused by name, with what there is', () => {
  const place = placeAt(tempFolder());
  const check = (report_to: string | string[]) => {
    const found: unknown[] = [];
    checkTrackers({ report_to }, place, ({ param, message, expected }) =>
      found.push([param, message, expected]),
    );
    return found;
  };
  const expected = 'one of tensorboard, mlflow, all, none';
  assert.deepEqual(check('wandb'), [[['report_to'], "Etude cannot report to 'wandb'", expected]]);
  assert.deepEqual(check(['mlflow', 'trackio']), [
    [['report_to', 1], "Etude cannot report to 'trackio'", expected],
  ]);
  const alone = 'none alone, or a list of trackers';
  assert.deepEqual(check(['none', 'all', 'comet']), [
    [['report_to', 2], "Etude cannot report to 'comet'", expected],
    [['report_to'], 'report_to: none does not go with other trackers', alone],
  ]);
  assert.equal(check(['tensorboard', 'all']).length, 1);
  for (const known of ['all', 'none', ['all'], ['none'], 'tensorboard', ['mlflow', 'tensorboard'], []])
    assert.deepEqual(check(known), []);
});
