import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { flipBit } from '../support/cache.js';
import { statuses, warningsOf } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { clone, HITS, RUNS } from '../support/sharing.js';

let sender: Project;
let remote: string;
before(async () => {
  sender = clone();
  remote = sender.path('remote');
  assert.deepEqual(statuses(await sender.run()), RUNS);
  const pushed = await sender.etude('push', 'recipe.yaml', '--remote', 'remote');
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stdout, /^3 results pushed, 0 already there · [23] objects, [\d.]+ kB/);
});

function objectFiles(dir: string): string[] {
  return (readdirSync(dir, { recursive: true }) as string[])
    .map((name) => join(dir, name))
    .filter((path) => /[0-9a-f]{62}$/.test(path));
}

test('a run elsewhere with the remote is all hits, computes nothing, and reports the bytes moved', async () => {
  const receiver = clone();
  const run = await receiver.etudeRun('--remote', remote);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), HITS);
  assert.match(run.stderr, /3 results from the remote cache: [23] objects, [\d.]+ kB/);
  const again = await receiver.run({ remote });
  assert.equal(again.remote?.results, 0);
  assert.deepEqual(
    objectFiles(receiver.path('.etude/objects')).length,
    objectFiles(join(remote, 'objects')).length,
  );
});

test('a second push moves nothing; a run never writes to the remote', async () => {
  const files = readdirSync(remote, { recursive: true }).length;
  const again = await sender.etude('push', 'recipe.yaml', '--remote', 'remote');
  assert.match(again.stdout, /^0 results pushed, 3 already there · 0 objects, 0 B/);
  const other = clone();
  other.edit('recipe.yaml', '16000', '22050');
  other.env.ETUDE_REMOTE = remote;
  assert.deepEqual(statuses(await other.etudeRun()), { clips: 'hit', slim: 'hit', speech: 'run' });
  assert.equal(readdirSync(remote, { recursive: true }).length, files);
});

test('pull fetches what the remote has, and names what it lacks', async () => {
  const receiver = clone();
  receiver.edit('recipe.yaml', '16000', '8000');
  const pulled = await receiver.etude('pull', 'recipe.yaml', '--remote', remote);
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.match(pulled.stdout, /2 results from the remote cache/);
  assert.match(pulled.stdout, /still to be computed: speech/);
  assert.deepEqual(statuses(await receiver.run()), { clips: 'hit', slim: 'hit', speech: 'run' });
});

test('a missing remote costs only the speed-up, and is reported once', async () => {
  const receiver = clone();
  const run = await receiver.run({ remote: receiver.path('nowhere') });
  assert.deepEqual(statuses(run), RUNS);
  assert.equal(warningsOf(run).length, 1);
  assert.match(warningsOf(run)[0]!, /continuing without the remote cache .*nowhere: no such remote cache/);
  assert.equal(existsSync(receiver.path('nowhere')), false);
  const pulled = await receiver.etude(
    'pull',
    'recipe.yaml',
    '--remote',
    'nowhere',
    '--set',
    'sampling_rate=8000',
  );
  assert.equal(pulled.code, 1);
});

test('wrong bytes on the remote are never used: the stages they belong to are computed', async () => {
  const other = sender.copy();
  for (const path of objectFiles(other.path('remote/objects'))) flipBit(path);
  const receiver = clone();
  const run = await receiver.run({ remote: other.path('remote') });
  // Nothing is wrong with the entry of `slim`, whose objects the first stage has just made.
  assert.deepEqual(statuses(run), { clips: 'run', slim: 'hit', speech: 'run' });
  assert.match(warningsOf(run).join(), /invalid object, which is not used: wrong bytes/);
  assert.deepEqual(statuses(await receiver.run({ verify: true })), HITS);
});

test('with --require-signed, only entries that a trusted key has signed count', async () => {
  const ada = clone();
  const made = await ada.etude('keys', 'new');
  const [key = ''] = /etude-ed25519:\S+/.exec(made.stdout) ?? [];
  const ben = clone();
  const unsigned = await ben.run({ remote, requireSigned: true });
  assert.deepEqual(statuses(unsigned), RUNS);
  assert.match(warningsOf(unsigned).join(), /no trusted key has signed it/);

  // Ada does not vouch for what she has from elsewhere.
  assert.deepEqual(statuses(await ada.run({ remote })), HITS);
  const taken = await ada.etude('push', 'recipe.yaml', '--remote', remote);
  assert.match(
    taken.stderr,
    /the result of 'speech' is not signed: it was not computed here, but comes from /,
  );
  assert.deepEqual(statuses(await ada.run({ requireSigned: true })), RUNS);
  const pushed = await ada.etude('push', 'recipe.yaml', '--remote', remote);
  assert.match(pushed.stdout, /^0 results pushed, 3 already there .* signed by [0-9a-f]{16}/);
  const eve = clone();
  eve.env.ETUDE_REQUIRE_SIGNED = '1';
  assert.equal((await eve.etude('keys', 'trust', key, 'Ada', 'of', 'the', 'lab')).code, 0);
  assert.match((await eve.etude('keys')).stdout, /Ada of the lab/);
  assert.deepEqual(statuses(await eve.etudeRun('--remote', remote)), HITS);
  // The same goes for what is in the cache by now, without a remote.
  assert.deepEqual(statuses(await eve.etudeRun()), HITS);
});

test('without a remote, push and pull say how to name one', async () => {
  const { code, stderr } = await sender.etude('push', 'recipe.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /Give one with --remote, or set ETUDE_REMOTE/);
});
