import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { statuses, warningsOf } from '../support/command-line.js';
import { HubServer } from '../support/hub-server.js';
import type { Project } from '../support/project.js';
import { HITS, notesClone, RUNS } from '../support/sharing.js';

const REMOTE = 'hf://datasets/team/results';
const TOKEN = 'hf_s3crettoken';
let hub: HubServer;
let sender: Project;

const variables = () => ({ HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: '', HF_TOKEN: TOKEN });

/** A clone on another machine: the same recipe, another cache, and a token. */
function clone(): Project {
  return notesClone(variables());
}

before(async () => {
  hub = await HubServer.start();
  hub.token = TOKEN;
  hub.commit('dataset', 'team/results', { '.gitattributes': '', 'README.md': '# Results' });
  Object.assign(process.env, variables());
  sender = clone();
  assert.deepEqual(statuses(await sender.run()), RUNS);
  const pushed = await sender.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stdout, /^3 results pushed, 0 already there · [23] objects, [\d.]+ kB/);
  const commits = hub.take().filter(({ path }) => path.includes('/commit/'));
  // One of the objects, one of the entries.
  assert.equal(commits.length, 2);
});
after(() => hub.close());
beforeEach(() => {
  hub.faults.length = 0;
  hub.take();
});

/** The files of a folder that contain a text. */
function filesWith(dir: string, text: string): string[] {
  const names = (readdirSync(dir, { recursive: true }) as string[]).filter((name) =>
    statSync(join(dir, name)).isFile(),
  );
  return names.filter((name) => readFileSync(join(dir, name)).includes(text));
}

test('a run elsewhere is all hits, writes nothing to the Hub or to its download cache, and makes few requests', async () => {
  const receiver = clone();
  const files = hub.files('dataset', 'team/results').size;
  const run = await receiver.etudeRun('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), HITS);
  assert.match(run.stderr, /3 results from the remote cache: [23] objects, [\d.]+ kB/);
  const requests = hub.take();
  assert.ok(requests.every(({ method }) => method === 'GET'));
  // The commit, the marker, three entries, and two requests per object.
  assert.ok(requests.length <= 11, String(requests.length));
  assert.equal(hub.files('dataset', 'team/results').size, files);
  assert.throws(() => readdirSync(receiver.path('huggingface')), /ENOENT/);
  const again = await receiver.run({ remote: REMOTE });
  assert.equal(again.remote?.results, 0);
  assert.deepEqual(hub.take(), []);
});

test('a second push makes no commit', async () => {
  const again = await sender.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.match(again.stdout, /^0 results pushed, 3 already there · 0 objects, 0 B/);
  assert.ok(hub.take().every(({ path }) => !path.includes('/commit/')));
});

test('pull fetches what the remote has, and names what it lacks', async () => {
  const receiver = clone();
  receiver.edit('recipe.yaml', '16000', '8000');
  receiver.env.ETUDE_REMOTE = REMOTE;
  const pulled = await receiver.etude('pull', 'recipe.yaml');
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.match(pulled.stdout, /2 results from the remote cache/);
  assert.match(pulled.stdout, /still to be computed: speech/);
});

// More of them: test/pipeline/remote/hub/reading.test.ts.
const troubles: Record<string, [spoil: (project: Project) => void, message: RegExp]> = {
  'answers 500': [() => hub.faults.push({ path: /\/revision\//, status: 500 }), /the Hub failed to serve/],
  'is not there': [
    ({ env }) => Object.assign(env, { HF_ENDPOINT: 'http://127.0.0.1:9' }),
    /cannot be reached/,
  ],
  'may not be asked': [({ env }) => Object.assign(env, { HF_HUB_OFFLINE: '1' }), /HF_HUB_OFFLINE is set/],
};
for (const [name, [spoil, message]] of Object.entries(troubles)) {
  test(`a Hub that ${name} costs a run only the speed-up; push and pull fail`, async () => {
    const receiver = clone();
    spoil(receiver);
    const run = await receiver.etudeRun('--remote', REMOTE);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(statuses(run), RUNS);
    const warnings = warningsOf(run);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
    const pushed = await receiver.etude('push', 'recipe.yaml', '--remote', REMOTE);
    assert.equal(pushed.code, 1);
    assert.match(pushed.stderr, message);
    receiver.edit('recipe.yaml', '16000', '8000');
    const pulled = await receiver.etude('pull', 'recipe.yaml', '--remote', REMOTE);
    assert.equal(pulled.code, 1);
    assert.match(pulled.stderr, message);
  });
}

test('wrong bytes are never used: the stages they belong to are computed', async () => {
  hub.faults.push({ host: 'cdn', path: /./, corrupt: true });
  const receiver = clone();
  const run = await receiver.run({ remote: REMOTE });
  assert.deepEqual(statuses(run), { clips: 'run', slim: 'hit', speech: 'run' });
  assert.match(warningsOf(run).join(), /invalid object, which is not used: wrong bytes/);
  assert.deepEqual(statuses(await receiver.run({ verify: true })), HITS);
});

test('with --require-signed, only entries that a trusted key has signed count', async () => {
  const unsigned = await clone().run({ remote: REMOTE, requireSigned: true });
  assert.deepEqual(statuses(unsigned), RUNS);
  assert.match(warningsOf(unsigned).join(), /no trusted key has signed it/);
  const ada = sender.copy();
  const made = await ada.etude('keys', 'new');
  const [key = ''] = /etude-ed25519:\S+/.exec(made.stdout) ?? [];
  // Computed by herself: what came from elsewhere is not hers to sign.
  await ada.run();
  hub.take();
  const pushed = await ada.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.match(pushed.stdout, /^0 results pushed, 3 already there .* signed by [0-9a-f]{16}/);
  assert.equal(hub.take().filter(({ path }) => path.includes('/commit/')).length, 1);
  const eve = clone();
  await eve.etude('keys', 'trust', key, 'Ada');
  assert.deepEqual(statuses(await eve.etudeRun('--remote', REMOTE, '--require-signed')), HITS);
});

test('the token is in no output, cache, lock or error, and is sent only to the Hub', async () => {
  const receiver = clone();
  hub.readOnly = true;
  receiver.edit('recipe.yaml', '16000', '22050');
  const outputs = [
    await receiver.etudeRun('--remote', REMOTE),
    await receiver.etude('push', 'recipe.yaml', '--remote', REMOTE),
    await receiver.etude('push', 'recipe.yaml', '--remote', 'hf://datasets/team/absent'),
  ];
  hub.readOnly = false;
  assert.match(outputs[1]!.stderr, /the token has no write access to dataset 'team\/results'/);
  assert.match(outputs[2]!.stderr, /hf repos create --repo-type dataset team\/absent/);
  for (const { stdout, stderr } of outputs) assert.ok(!`${stdout}${stderr}`.includes(TOKEN));
  assert.deepEqual(filesWith(receiver.dir, TOKEN), []);
  const requests = hub.take();
  assert.ok(requests.some(({ authorization }) => authorization === `Bearer ${TOKEN}`));
  assert.ok(requests.every(({ host, authorization }) => host === 'hub' || authorization === undefined));
});
