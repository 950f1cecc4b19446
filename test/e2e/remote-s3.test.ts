import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { finish, statuses, warningsOf } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { type S3Fault, S3Server } from '../support/s3-server.js';
import { notesClone as clone, HITS, RUNS } from '../support/sharing.js';

const REMOTE = 's3://bucket/team/etude';

let server: S3Server;
let sender: Project;
before(async () => {
  server = await S3Server.start();
  Object.assign(process.env, server.env);
  sender = clone();
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

test('a run elsewhere with the bucket is all hits, computes nothing, and moves each object once', async () => {
  const receiver = clone();
  const run = await receiver.etudeRun('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), HITS);
  assert.match(run.stderr, /3 results from the remote cache: [23] objects, [\d.]+ kB/);
  assert.deepEqual(
    moved().sort(),
    server.keys().flatMap((key) => (key.includes('/objects/') ? [`/bucket/${key}?x-id=GetObject`] : [])),
  );
  server.requests.length = 0;
  receiver.env.ETUDE_REMOTE = REMOTE;
  assert.doesNotMatch((await receiver.etudeRun()).stderr, /from the remote cache/);
  assert.deepEqual(moved(), []);
  assert.ok(server.requests.every(({ method }) => method === 'GET' || method === 'HEAD'));
});

test('only what the local cache lacks is moved; a second push sends nothing', async () => {
  const other = clone();
  other.edit('recipe.yaml', '16000', '22050');
  const run = await other.run({ remote: REMOTE });
  assert.deepEqual(statuses(run), { clips: 'hit', slim: 'hit', speech: 'run' });
  const before = moved().length;
  const pulled = await other.etude('pull', 'recipe.yaml', '--remote', REMOTE);
  assert.match(pulled.stdout, /^0 results from the remote cache: 0 objects, 0 B/);
  assert.equal(moved().length, before);
  const again = await sender.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.match(again.stdout, /^0 results pushed, 3 already there · 0 objects, 0 B/);
});

test('a push that is killed repeatedly leaves no partial object, and the next one finishes', async () => {
  const place = 's3://bucket/killed';
  const keys = () => server.keys().filter((key) => key.startsWith('killed/'));
  // More often: test/support/any-remote.ts.
  for (const requests of [3, 8]) {
    server.requests.length = 0;
    const child = sender.start('push', 'recipe.yaml', '--remote', place);
    const ended = finish(child);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver && server.requests.length < requests)
      await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    await ended;
    await server.idle();
    for (const key of keys())
      assert.deepEqual(server.read(key), server.read(key.replace('killed', 'team/etude')));
  }
  const last = await sender.etude('push', 'recipe.yaml', '--remote', place);
  assert.equal(last.code, 0, last.stderr);
  assert.equal(keys().length, server.keys().filter((key) => key.startsWith('team/etude/')).length);
  assert.deepEqual(statuses(await clone().run({ remote: place })), HITS);
});

const faults: Record<string, [fault: S3Fault, message: RegExp]> = {
  'cuts connections': [{ path: /objects/, cutAfter: 100 }, /continuing without .*\(ECONNRESET\)/],
  'gives wrong bytes': [{ path: /objects/, corrupt: true }, /invalid object, which is not used: wrong bytes/],
  'denies access': [
    { status: 403, code: 'AccessDenied' },
    /continuing without .*team\/etude: .*access denied/,
  ],
};
for (const [name, [fault, message]] of Object.entries(faults)) {
  test(`a run with a bucket that ${name} succeeds, and uses nothing that is wrong`, async () => {
    server.faults.push(fault);
    const receiver = clone();
    const run = await receiver.run({ remote: REMOTE });
    assert.equal(run.finished.status, 'success');
    assert.equal(statuses(run).clips, 'run');
    assert.match(warningsOf(run).join('\n'), message);
    server.faults.length = 0;
    assert.deepEqual(statuses(await receiver.run({ verify: true })), HITS);
  });
}

test('a missing server costs only the speed-up; push and pull fail and say why', async () => {
  const receiver = clone({ ...server.env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' });
  const pushed = await receiver.etude('push', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pushed.code, 1);
  assert.match(
    pushed.stderr,
    /s3:\/\/bucket\/team\/etude: the remote cache cannot be used: it cannot be reached \(ECONNREFUSED\)/,
  );
  const pulled = await receiver.etude('pull', 'recipe.yaml', '--remote', REMOTE);
  assert.equal(pulled.code, 1);
  const run = await receiver.etudeRun('--remote', REMOTE);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), RUNS);
  assert.equal(warningsOf(run).length, 1);
});

test('credentials in the address are refused, and shown nowhere', async () => {
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

test('with --require-signed, only entries that a trusted key has signed count', async () => {
  const place = 's3://bucket/signed';
  const ada = sender.copy();
  const made = await ada.etude('keys', 'new');
  const [key = ''] = /etude-ed25519:\S+/.exec(made.stdout) ?? [];
  // Computed by herself: what came from elsewhere is not hers to sign.
  assert.deepEqual(statuses(await ada.run()), HITS);
  const pushed = await ada.etude('push', 'recipe.yaml', '--remote', place);
  assert.match(pushed.stdout, /signed by [0-9a-f]{16}/);
  const ben = clone();
  assert.deepEqual(statuses(await ben.run({ remote: place, requireSigned: true })), RUNS);
  const eve = clone();
  assert.equal((await eve.etude('keys', 'trust', key, 'Ada')).code, 0);
  assert.deepEqual(statuses(await eve.etudeRun('--remote', place, '--require-signed')), HITS);
});

/** Runs while the others are tested, because it spends 15 s waiting. */
async function runWithHangingBucket() {
  const hanging = await S3Server.start();
  hanging.faults.push({ hang: true });
  const receiver = clone(hanging.env);
  return receiver.etudeRun('--remote', REMOTE).finally(() => hanging.close());
}
const hung = runWithHangingBucket();

test('a bucket that hangs makes a run wait only once', async () => {
  const run = await hung;
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), RUNS);
  assert.deepEqual(warningsOf(run).length, 1);
  assert.match(warningsOf(run)[0]!, /did not answer for 15 s/);
});
