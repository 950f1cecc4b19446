import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RepositoryType } from '../../../src/hub/repository-id.js';
import { filesBelow, textFile } from '../../../src/project/share/publish/files.js';
import { type PublishOptions, publish } from '../../../src/project/share/publish/publish.js';
import { tempFolder } from '../../support/cache.js';
import { messageFrom, Setting } from '../../support/hub-setting.js';
import { counted } from '../../support/hub-store.js';

const TOKEN = 'hf_s3crettoken';
const CARD = '---\nlicense: mit\n---\n\n# A model\n';
const WEIGHTS = 'the weights '.repeat(1000);

interface PushSetting {
  id?: string;
  type?: RepositoryType;
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** A Hub without repositories, and a token that may write. */
class Place {
  private constructor(readonly setting: Setting) {}

  static async open(t: TestContext): Promise<Place> {
    const setting = await Setting.open(t);
    setting.server.token = TOKEN;
    return new Place(setting);
  }

  get server() {
    return this.setting.server;
  }

  push(files: Record<string, string>, options: PublishOptions & PushSetting = {}) {
    const { id = 'me/model', type = 'model', env, timeoutMs, ...rest } = options;
    const timeout = timeoutMs === undefined ? {} : { timeoutMs };
    const uploads = new Map(Object.entries(files).map(([name, text]) => [name, textFile(text)]));
    const settings = { ...this.setting.settings({ HF_TOKEN: TOKEN, ...env }), ...timeout };
    return publish({ type, id }, uploads, 'Push it', rest, settings);
  }

  files(branch?: string): Record<string, string> {
    const all = [...this.server.files('model', 'me/model', branch)];
    const shown = all.filter(([name]) => !['.gitattributes', '.etude-push.json'].includes(name));
    return Object.fromEntries(shown.map(([name, bytes]) => [name, bytes.toString()]));
  }

  get commits() {
    return this.server.state('model', 'me/model')?.commits;
  }
}

const FILES = { 'README.md': CARD, 'config.json': '{}', 'model.safetensors': WEIGHTS };

test('a push creates the repository and makes one commit; the same again makes none; a change makes one', async (t) => {
  const place = await Place.open(t);
  const reported: number[] = [];
  const first = await place.push(FILES, { private: true, progress: (bytes) => reported.push(bytes) });
  assert.deepEqual(place.files(), FILES);
  assert.deepEqual(place.server.state('model', 'me/model'), { commits: 2, isPrivate: true });
  assert.deepEqual([first.created, first.changed, first.url], [true, 4, `${place.server.endpoint}/me/model`]);
  assert.equal(reported.at(-1), first.bytes);
  place.server.take();
  const second = await place.push(FILES, { private: true });
  assert.deepEqual([second.created, second.changed, second.commit], [false, 0, first.commit]);
  assert.deepEqual(counted(place.server.take()), {
    'GET ': 1,
    'POST ': 1,
    'GET revision': 1,
    'GET tree': 1,
    'GET resolve': 1,
  });
  const { 'config.json': _, ...rest } = FILES;
  const third = await place.push({ ...rest, 'README.md': `${CARD}\nMore.\n` });
  assert.deepEqual([third.changed, third.removed], [2, 1]);
  assert.deepEqual(Object.keys(place.files()), ['README.md', 'model.safetensors']);
  assert.equal(place.commits, 3);
});

test('a dataset is pushed from a folder', async (t) => {
  const place = await Place.open(t);
  const folder = tempFolder();
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'test-00000-of-00001.parquet'), WEIGHTS);
  writeFileSync(join(folder, 'README.md'), CARD);
  const files = await filesBelow(folder);
  assert.deepEqual([...files.keys()], ['README.md', 'data/test-00000-of-00001.parquet']);
  const settings = place.setting.settings({ HF_TOKEN: TOKEN });
  const pushed = await publish({ type: 'dataset', id: 'team/clips' }, files, 'Push it', {}, settings);
  assert.equal(pushed.url, `${place.server.endpoint}/datasets/team/clips`);
  assert.equal(
    place.server.files('dataset', 'team/clips').get('data/test-00000-of-00001.parquet')?.toString(),
    WEIGHTS,
  );
});

test('what Etude did not write is not replaced, unless forced, and other files stay', async (t) => {
  const place = await Place.open(t);
  place.server.commit('model', 'me/model', { 'README.md': '# Mine', 'other.bin': 'x', '.gitattributes': '' });
  const refused = await messageFrom(place.push(FILES));
  assert.match(refused, /files that Etude did not write.*\n.*README\.md and other\.bin/);
  assert.equal(place.commits, 1);
  await place.push(FILES, { force: true });
  assert.deepEqual(place.files(), { ...FILES, 'other.bin': 'x' });
  // Now they are Etude's, except those that somebody edits.
  assert.equal((await place.push({ ...FILES, 'config.json': '{"a":1}' })).changed, 2);
  place.server.commit('model', 'me/model', {
    ...Object.fromEntries(place.server.files('model', 'me/model')),
    'README.md': '# Edited',
  });
  assert.match(await messageFrom(place.push({ ...FILES, 'README.md': `${CARD}!` })), /got +README\.md\n/);
});

test('a repository made on the website, with a card of metadata only, is new', async (t) => {
  const place = await Place.open(t);
  place.server.commit('model', 'me/model', { 'README.md': '---\nlicense: mit\n---\n', '.gitattributes': '' });
  await place.push(FILES);
  assert.deepEqual(place.files(), FILES);
});

test('branches are created, and a pull request leaves the branch alone', async (t) => {
  const place = await Place.open(t);
  await place.push(FILES);
  const changed = { ...FILES, 'config.json': '{"a":1}' };
  await place.push(changed, { revision: 'tuned' });
  assert.deepEqual([place.files(), place.files('tuned')], [FILES, changed]);
  const proposed = await place.push(changed, { createPr: true });
  assert.match(proposed.url, /\/me\/model\/discussions\/1$/);
  assert.deepEqual([place.files(), place.files('refs/pr/1')], [FILES, changed]);
  assert.match(
    await messageFrom(place.push(FILES, { id: 'me/none', createPr: true })),
    /no model 'me\/none'/,
  );
});

test('all problems are reported together, and nothing is created', async (t) => {
  const place = await Place.open(t);
  const bad = await messageFrom(
    place.push({ 'a/../b': '' }, { id: 'me/a--b', revision: '../x', env: { HF_TOKEN: '' } }),
  );
  for (const part of [/4 problems/, /"me\/a--b"/, /"\.\.\/x"/, /no token/, /"a\/\.\.\/b"/])
    assert.match(bad, part);
  const card = '---\nlicense: [made, up]\ntags: one\n---\n';
  place.server.account.orgs[0]!.roleInOrg = 'read';
  const denied = await messageFrom(place.push({ 'README.md': card }, { id: 'team/model' }));
  for (const part of [/3 problems/, /'me' may only read in 'team'/, /"license"/, /"tags"/])
    assert.match(denied, part);
  place.server.commit('model', 'me/model', { '.gitattributes': '' });
  assert.match(await messageFrom(place.push(FILES, { private: true })), /is public, and a private one/);
  place.server.readOnly = true;
  assert.match(await messageFrom(place.push(FILES)), /token may only read/);
  assert.match(await messageFrom(place.push(FILES, { env: { HF_TOKEN: 'hf_wrong' } })), /rejected the token/);
  assert.match(await messageFrom(place.push(FILES, { env: { HF_HUB_OFFLINE: '1' } })), /HF_HUB_OFFLINE/);
  assert.deepEqual([place.server.state('model', 'team/model'), place.commits], [undefined, 1]);
});

test('a push that was interrupted, or whose answer was lost, ends in one commit', async (t) => {
  const place = await Place.open(t);
  const stop = new AbortController();
  place.server.onRequest = ({ host, method }) => {
    if (host === 'cdn' && method === 'PUT') stop.abort();
  };
  await assert.rejects(place.push(FILES, { signal: stop.signal }), { name: 'AbortError' });
  place.server.onRequest = () => undefined;
  assert.equal(place.commits, 1);
  // The commit is made, but the answer never comes.
  place.server.faults.push({ method: 'POST', path: /\/commit\//, times: 1, hang: true });
  const pushed = await place.push(FILES, { timeoutMs: 100 });
  assert.deepEqual(place.files(), FILES);
  assert.deepEqual([place.commits, pushed.changed], [2, 0]);
});

test('a commit of somebody else in between is built upon', async (t) => {
  const place = await Place.open(t);
  await place.push(FILES);
  let others = 0;
  place.server.onRequest = ({ path }) => {
    if (!path.includes('/preupload/') || others++ > 0) return;
    const now = Object.fromEntries(place.server.files('model', 'me/model'));
    place.server.commit('model', 'me/model', { ...now, 'notes.txt': 'theirs' });
  };
  await place.push({ ...FILES, 'config.json': '{"a":1}' });
  assert.deepEqual(place.files(), { ...FILES, 'config.json': '{"a":1}', 'notes.txt': 'theirs' });
});

test('the token is only sent to the Hub, and in no message', async (t) => {
  const place = await Place.open(t);
  await place.push(FILES);
  const seen = place.server.take();
  assert.ok(
    seen
      .filter(({ host }) => host === 'hub')
      .every(({ authorization }) => authorization === `Bearer ${TOKEN}`),
  );
  assert.ok(
    seen.filter(({ host }) => host === 'cdn').every(({ authorization }) => authorization === undefined),
  );
  place.server.faults.push({ path: /whoami/, status: 400, headers: { 'x-error-message': `bad ${TOKEN}` } });
  const message = await messageFrom(place.push(FILES));
  assert.match(message, /bad \(token\)/);
  assert.ok(!message.includes(TOKEN));
});
