import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Project } from '../support/project.js';
import { finish, statuses } from '../support/project.js';
import { type S3Fault, S3Server } from '../support/s3-server.js';
import { clone, cloneOf, HITS, RUNS, warningsOf } from '../support/sharing.js';

const REMOTE = 's3://bucket/team/etude';

let server: S3Server;
let sender: Project;
before(async () => {
  server = await S3Server.start();
  sender = clone(server.env);
  assert.deepEqual(statuses(await sender.run()), RUNS);
  const pushed = await sender.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stdout, /^3 results pushed, 0 already there · [23] objects, [\d.]+ kB/);
  assert.equal(pushed.stderr, '');
});
afterEach(() => {
  server.faults.length = 0;
  server.requests.length = 0;
});
after(() => server.close());

function moved(): string[] {
  return server.requests.flatMap(({ method, path }) =>
    method === 'GET' && /\/objects\/../.test(path) ? [path] : [],
  );
}

test('a run elsewhere with the bucket hits everything, computes nothing, and moves each object once', async () => {
  const receiver = clone(server.env);
  const run = await receiver.run('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), HITS);
  assert.match(run.stderr, /3 results from the remote cache: [23] objects, [\d.]+ kB/);
  assert.deepEqual(
    moved().sort(),
    server.keys().flatMap((key) => (key.includes('/objects/') ? [`/bucket/${key}?x-id=GetObject`] : [])),
  );
  server.requests.length = 0;
  receiver.env.ETUDE_REMOTE = REMOTE;
  assert.doesNotMatch((await receiver.run()).stderr, /from the remote cache/);
  assert.deepEqual(moved(), []);
  assert.ok(server.requests.every(({ method }) => method === 'GET' || method === 'HEAD'));
});

test('only what the own cache lacks is moved; a second push sends nothing', async () => {
  const other = clone(server.env);
  other.edit('recipe.yaml', '16000', '22050');
  const run = await other.run('--remote', REMOTE);
  assert.deepEqual(statuses(run), { clips: 'hit', slim: 'hit', speech: 'run' });
  const before = moved().length;
  const pulled = await other.etude('pull', 'recipe.yaml', '--remote', REMOTE);
  assert.match(pulled.stdout, /^0 results from the remote cache: 0 objects, 0 B/);
  assert.equal(moved().length, before);
  const again = await sender.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.match(again.stdout, /^0 results pushed, 3 already there · 0 objects, 0 B/);
});

test('a push killed ten times leaves no half object, and the next one finishes', async () => {
  const place = 's3://bucket/killed';
  const keys = () => server.keys().filter((key) => key.startsWith('killed/'));
  for (let i = 0; i < 10; i++) {
    server.requests.length = 0;
    const child = sender.start('push', 'recipe.yaml', '--remote', place);
    const ended = finish(child);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    // One request later in each round; at first, before the first of all.
    while (!isOver && server.requests.length < i) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    await ended;
    await server.idle();
    for (const key of keys())
      assert.deepEqual(server.read(key), server.read(key.replace('killed', 'team/etude')));
  }
  const last = await sender.etude('push', 'recipe.yaml', '--remote', place);
  assert.equal(last.code, 0, last.stderr);
  assert.equal(keys().length, server.keys().filter((key) => key.startsWith('team/etude/')).length);
  assert.deepEqual(statuses(await clone(server.env).run('--remote', place)), HITS);
});

const faults: Record<string, [fault: S3Fault, message: RegExp]> = {
  'answers 500': [{ status: 500 }, /continuing without .*team\/etude: .* \(500 InternalError\)/],
  'cuts connections': [{ path: /objects/, cutAfter: 100 }, /continuing without .*\(ECONNRESET\)/],
  'gives wrong bytes': [{ path: /objects/, corrupt: true }, /invalid object, which is not used: wrong bytes/],
  'gives too few bytes': [
    { path: /objects/, endAfter: 100 },
    /invalid object, which is not used: it has 100 bytes/,
  ],
  'denies access': [{ status: 403, code: 'AccessDenied' }, /continuing without .* access denied/],
};
for (const [name, [fault, message]] of Object.entries(faults)) {
  test(`a run with a bucket that ${name} succeeds, and uses nothing that is wrong`, async () => {
    server.faults.push(fault);
    const receiver = clone(server.env);
    const run = await receiver.run('--remote', REMOTE);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(statuses(run).clips, 'run');
    assert.match(warningsOf(run).join('\n'), message);
    server.faults.length = 0;
    assert.deepEqual(statuses(await receiver.run('--verify')), HITS);
  });
}

test('a bucket that hangs costs a run its patience once', async () => {
  server.faults.push({ hang: true });
  const run = await clone(server.env).run('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), RUNS);
  assert.deepEqual(warningsOf(run).length, 1);
  assert.match(warningsOf(run)[0]!, /did not answer for 15 s/);
});

test('a server that is not there costs the speed-up only; push and pull fail and say why', async () => {
  const receiver = clone({ ...server.env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' });
  const pushed = await receiver.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pushed.code, 1);
  assert.match(
    pushed.stderr,
    /s3:\/\/bucket\/team\/etude: the remote cache cannot be used: it cannot be reached \(ECONNREFUSED\)/,
  );
  const pulled = await receiver.etude('pull', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pulled.code, 1);
  const run = await receiver.run('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), RUNS);
  assert.equal(warningsOf(run).length, 1);
});

test('credentials in the address are refused, and nowhere to be seen', async () => {
  const { code, stdout, stderr } = await sender.etude(
    'push',
    'recipe.yaml',
    '--remote',
    's3://AKIA:sec/ret@bucket/x',
  );
  assert.equal(code, 1);
  assert.match(stderr, /Credentials do not belong in the address/);
  assert.doesNotMatch(stdout + stderr, /AKIA:|sec\/ret/);
});

test('with --require-signed, an entry counts that a trusted key has signed, and no other', async () => {
  const place = 's3://bucket/signed';
  const ada = cloneOf(sender);
  const made = await ada.etude('keys', 'new');
  const [key = ''] = /etude-ed25519:\S+/.exec(made.stdout) ?? [];
  // Computed by herself: what came from elsewhere is not hers to sign.
  assert.equal((await ada.run()).code, 0);
  const pushed = await ada.etude('push', 'recipe.yaml', '--remote', place);
  assert.match(pushed.stdout, /signed by [0-9a-f]{16}/);
  const ben = clone(server.env);
  assert.deepEqual(statuses(await ben.run('--remote', place, '--require-signed')), RUNS);
  const eve = clone(server.env);
  assert.equal((await eve.etude('keys', 'trust', key, 'Ada')).code, 0);
  assert.deepEqual(statuses(await eve.run('--remote', place, '--require-signed')), HITS);
});
