import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadParams } from '../../../../src/stage/params.js';
import type { Source } from '../../../../src/stage/stage-type.js';
import load from '../../../../stages/load.js';
import { tinyWav } from '../../../support/audio-files.js';
import { messageFrom, Setting } from '../../../support/hub-setting.js';
import { outlineOf } from '../../../support/stage.js';

const minds = readFileSync(
  fileURLToPath(new URL('../../../fixtures/parquet/minds.parquet', import.meta.url)),
);
const ID = 'me/data';

/** A server with one dataset of these files. */
async function withFiles(t: TestContext, files: Record<string, Uint8Array | string>) {
  const setting = await Setting.open(t);
  const place = setting.place();
  setting.server.commit('dataset', ID, files);
  return {
    setting,
    place,
    sources: (params: Partial<LoadParams> = {}) => load.sources!({ path: ID, ...params }, place),
    outline: (params: Partial<LoadParams> = {}) => outlineOf(load, { path: ID, ...params }, undefined, place),
  };
}

const namesOf = ([source]: Source[]) => source!.files.map(({ name }) => name);

/** Rows per split, as a plan knows them. */
async function splitsOf(outline: ReturnType<Awaited<ReturnType<typeof withFiles>>['outline']>) {
  const { outline: found, problems } = await outline;
  assert.deepEqual(problems, []);
  return found?.kind === 'dataset' ? found.splits : undefined;
}

test('a card says which files belong to which split of which configuration', async (t) => {
  const card = `---
configs:
- config_name: small
  data_files:
  - split: train
    path: data/a-*.parquet
  - split: held_out
    path: [data/b.parquet]
- config_name: whole
  data_dir: whole
---
`;
  const { outline, sources, setting } = await withFiles(t, {
    'README.md': card,
    'data/a-1.parquet': minds,
    'data/a-2.parquet': minds,
    'data/b.parquet': minds,
    'whole/test.parquet': minds,
  });
  assert.deepEqual(await splitsOf(outline({ name: 'small' })), { train: 20, held_out: 10 });
  assert.deepEqual(await splitsOf(outline({ name: 'whole' })), { test: 10 });
  assert.deepEqual(await splitsOf(outline({ name: 'small', split: 'train[:5]+held_out' })), {
    'train+held_out': 15,
  });
  assert.deepEqual(namesOf(await sources({ name: 'small', split: 'train' })), [
    'README.md',
    'data/a-1.parquet',
    'data/a-2.parquet',
  ]);
  const { problems } = await outline();
  assert.match(problems[0]!.message, /several configurations/);
  // Everything known so far came from footers and the card.
  assert.ok(setting.server.take().every(({ host, range }) => host === 'hub' || range !== undefined));
});

test('without a card, the names of files decide, and folders are configurations', async (t) => {
  const { outline } = await withFiles(t, { 'en-US/train.parquet': minds, 'en-US/test.parquet': minds });
  assert.deepEqual(await splitsOf(outline({ name: 'en-US' })), { train: 10, test: 10 });
  assert.deepEqual(await splitsOf(outline({ data_files: { mine: 'en-US/te*.parquet' } })), { mine: 10 });
  const { problems } = await outline({ name: 'de-DE' });
  assert.match(problems[0]!.message, /no configuration 'de-DE'/);
});

test('the same files give the same fingerprint, on the Hub and locally', async (t) => {
  const { sources, place, setting } = await withFiles(t, { 'data/train.parquet': minds });
  mkdirSync(join(setting.home, 'local/data'), { recursive: true });
  writeFileSync(join(setting.home, 'local/data/train.parquet'), minds);
  const [remote] = await sources();
  const [local] = await load.sources!({ path: 'local' }, place);
  const { sha256 } = await import('../../../../src/util/sha256.js');
  assert.deepEqual(
    remote!.files.map(({ name, digest, size }) => [name, digest, size]),
    local!.files.map(({ name }) => [name, sha256(minds), minds.length]),
  );
  const { origin } = remote!.files[0]!;
  assert.deepEqual([origin!.id, origin!.revision, origin!.file], [ID, 'main', 'data/train.parquet']);
});

test('a folder of the same name takes precedence over the Hub', async (t) => {
  const { setting, outline } = await withFiles(t, { 'train.parquet': minds });
  mkdirSync(join(setting.home, ID), { recursive: true });
  writeFileSync(join(setting.home, ID, 'validation.parquet'), minds);
  assert.deepEqual(await splitsOf(outline()), { validation: 10 });
  assert.deepEqual(setting.server.take(), []);
});

test("a dataset made by a script is read from the Hub's conversion, complete or partial", async (t) => {
  const { setting, sources, outline } = await withFiles(t, {
    'data.py': 'raise SystemExit("never run")',
    'raw.csv': 'a,b\n1,2\n',
  });
  assert.match(
    await messageFrom(sources()),
    /is built by a script, which is not run[\s\S]*no conversion by the Hub either/,
  );
  setting.server.commit(
    'dataset',
    ID,
    {
      'en-US/train/0000.parquet': minds,
      'en-US/train/0001.parquet': minds,
      'fr-FR/partial-train/0000.parquet': minds,
      'fr-FR/test/0000.parquet': minds,
    },
    { branch: 'refs/convert/parquet' },
  );
  assert.deepEqual(await splitsOf(outline({ name: 'en-US' })), { train: 20 });
  assert.deepEqual(await splitsOf(outline({ name: 'fr-FR' })), { train: 10, test: 10 });
  const revision = 'refs/convert/parquet';
  assert.deepEqual(await splitsOf(outline({ name: 'en-US', revision })), { train: 20 });
  // Another plan, because a plan looks at a dataset once.
  const { problems } = await outlineOf(load, { path: ID }, undefined, setting.place());
  assert.match(problems[0]!.message, /several configurations/);
});

test('tables and the audio that they name come from the Hub, with each digest known before the audio', async (t) => {
  const { sources, outline, setting } = await withFiles(t, {
    'train/metadata.csv': 'file_name,intent\na.wav,hi\nsub/b.wav,bye\n',
    'train/a.wav': tinyWav(1),
    'train/sub/b.wav': tinyWav(2),
    'train/unlisted.wav': tinyWav(3),
  });
  assert.deepEqual(await splitsOf(outline()), { train: 2 });
  const [source] = await sources();
  assert.deepEqual(namesOf([source!]), ['train/metadata.csv', 'train/a.wav', 'train/sub/b.wav']);
  assert.match(source!.files[1]!.digest!, /^[0-9a-f]{64}$/);
  assert.ok(setting.server.take().every(({ host }) => host === 'hub'));
});

test('metadata and cards that point outside the dataset are refused', async (t) => {
  const escaping = await withFiles(t, {
    'train/metadata.csv': 'file_name,intent\n../../../../etc/passwd,hi\n',
    'train/a.wav': tinyWav(1),
  });
  assert.match(await messageFrom(escaping.sources()), /points outside the data folder[\s\S]*etc\/passwd/);
  for (const path of ['../../etc/passwd', '/etc/passwd', 'data/../../x.parquet']) {
    const card = `---\nconfigs:\n- config_name: default\n  data_files: ${path}\n---\n`;
    const { sources } = await withFiles(t, { 'README.md': card, 'train.parquet': minds });
    assert.match(
      await messageFrom(sources()),
      /a path points outside the dataset[\s\S]*README\.md|README\.md[\s\S]*points outside/,
    );
  }
});

test('column types from a card refine those of bare Parquet, but never contradict them', async (t) => {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const bare = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'intent', data: [0, 1, 1], type: 'INT32' },
        {
          name: 'clip',
          data: [1, 2, 3].map((number) => Uint8Array.from(tinyWav(number))),
          type: 'BYTE_ARRAY',
        },
        { name: 'text', data: ['a', 'b', 'c'], type: 'STRING' },
      ],
    }),
  );
  const card = `---
dataset_info:
- config_name: default
  features:
  - name: intent
    dtype:
      class_label:
        names:
          '1': bye
          '0': hi
  - name: clip
    dtype:
      audio:
        sampling_rate: 8000
  - name: text
    dtype:
      class_label:
        names: ['x']
  - name: other
    dtype: image
configs:
- config_name: default
  data_files: train.parquet
---
`;
  const { outline } = await withFiles(t, { 'README.md': card, 'train.parquet': bare });
  const { outline: found } = await outline();
  assert.deepEqual(found?.kind === 'dataset' && found.features, {
    intent: { _type: 'ClassLabel', names: ['hi', 'bye'] },
    clip: { _type: 'Audio', sampling_rate: 8000, storage: 'encoded' },
    text: { _type: 'Value', dtype: 'string' },
  });
});
