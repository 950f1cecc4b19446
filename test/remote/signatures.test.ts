import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../../src/cache/open-cache.js';
import { keysFolder, makeKey, ownKey, type PublicKey, trustedKeys, trustKey } from '../../src/remote/keys.js';
import { push } from '../../src/remote/push.js';
import { readThrough } from '../../src/remote/read-through.js';
import { signatureKey } from '../../src/remote/signatures.js';
import { entryKey } from '../../src/remote/types.js';
import { commitText, tempFolder } from '../cache/support.js';
import { FakeRemote } from './support.js';

async function lookUp(remote: FakeRemote, fingerprint: string, signers: PublicKey[]) {
  const warnings: string[] = [];
  const cache = await openCache(tempFolder());
  const through = readThrough(cache, remote, { signers, warn: (text) => warnings.push(text) });
  const { type } = await through.cache.lookup(fingerprint);
  return { type, warnings: warnings.join('\n') };
}

test('where signatures are required, only what a trusted key has signed is used', async () => {
  const remote = new FakeRemote();
  const cache = await openCache(tempFolder());
  const [ada, eve] = await Promise.all([makeKey(tempFolder(), 'ada'), makeKey(tempFolder(), 'eve')]);
  const entry = await commitText(cache, 'a result');
  const { fingerprint } = entry;

  await push(remote, cache, [entry]);
  const unsigned = await lookUp(remote, fingerprint, [ada]);
  assert.equal(unsigned.type, 'miss');
  assert.match(unsigned.warnings, /no trusted key has signed it/);

  await push(remote, cache, [entry], { key: eve });
  assert.equal((await lookUp(remote, fingerprint, [ada])).type, 'miss');
  assert.equal((await lookUp(remote, fingerprint, [])).type, 'miss');

  // Signed later, by somebody who has the same result.
  await push(remote, cache, [entry], { key: ada });
  assert.deepEqual(await lookUp(remote, fingerprint, [ada]), { type: 'hit', warnings: '' });
  assert.deepEqual(await lookUp(remote, fingerprint, [eve]), { type: 'hit', warnings: '' });
});

test('a signature counts for its own entry, key and bytes alone', async () => {
  const remote = new FakeRemote();
  const cache = await openCache(tempFolder());
  const [ada, eve] = await Promise.all([makeKey(tempFolder(), 'ada'), makeKey(tempFolder(), 'eve')]);
  const [good, bad] = [await commitText(cache, 'good'), await commitText(cache, 'bad')];
  await push(remote, cache, [good], { key: ada });
  await push(remote, cache, [bad], { key: eve });
  const place = signatureKey(bad.fingerprint, ada.id);
  const signature = remote.files.get(signatureKey(good.fingerprint, ada.id))!;
  const flipped = Buffer.from(signature);
  flipped[0]! ^= 1;
  for (const forged of [
    signature,
    remote.files.get(signatureKey(bad.fingerprint, eve.id))!,
    flipped,
    Buffer.alloc(64),
    Buffer.alloc(0),
    Buffer.alloc(1_000_000),
  ]) {
    remote.files.set(place, forged);
    assert.equal((await lookUp(remote, bad.fingerprint, [ada])).type, 'miss');
  }
  // A signed entry whose artifact was changed afterwards.
  const changed = { ...good, artifact: bad.artifact, artifactDigest: bad.artifactDigest };
  remote.files.set(entryKey(good.fingerprint), Buffer.from(JSON.stringify(changed)));
  assert.equal((await lookUp(remote, good.fingerprint, [ada])).type, 'miss');
});

test('a key is its owner’s alone, is made once, and is handed on as text', async () => {
  const [mine, yours] = [join(tempFolder(), 'etude'), tempFolder()];
  const key = await makeKey(mine, 'own');
  if (process.platform !== 'win32') assert.equal(statSync(join(mine, 'key.pem')).mode & 0o777, 0o600);
  await assert.rejects(makeKey(mine, 'own'), /there is a key already/);
  assert.equal((await ownKey(mine))?.id, key.id);
  assert.equal(await ownKey(yours), undefined);
  await trustKey(yours, key.text, 'Ada of the lab');
  await trustKey(yours, key.text, 'Ada again');
  assert.deepEqual(
    (await trustedKeys(yours)).map(({ id, label }) => [id, label]),
    [[key.id, 'Ada of the lab']],
  );
  for (const wrong of ['', 'etude-ed25519:', 'etude-ed25519:abc', `x${key.text}`, `${key.text}AAAA`])
    await assert.rejects(trustKey(yours, wrong, ''), /not a public key/);
  writeFileSync(join(yours, 'key.pem'), 'secret words');
  await assert.rejects(ownKey(yours), (error: Error) => !error.message.includes('secret'));
  assert.equal(keysFolder({ XDG_CONFIG_HOME: '/x' }), join('/x', 'etude'));
});
