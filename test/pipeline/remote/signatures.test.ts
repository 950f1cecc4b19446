import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { fetchEntry } from '../../../src/pipeline/remote/fetch-result.js';
import {
  keysFolder,
  makeKey,
  ownKey,
  type PublicKey,
  trustedKeys,
  trustKey,
} from '../../../src/pipeline/remote/keys.js';
import { push } from '../../../src/pipeline/remote/push.js';
import { readThrough } from '../../../src/pipeline/remote/read-through.js';
import { signatureKey } from '../../../src/pipeline/remote/signatures.js';
import { refuseBy } from '../../../src/pipeline/remote/trust-terms.js';
import { entryKey } from '../../../src/pipeline/remote/types.js';
import type { EtudeError } from '../../../src/util/errors.js';
import { commitText, tempFolder } from '../../support/cache.js';
import { FakeRemote } from '../../support/fake-remote.js';

async function lookUp(remote: FakeRemote, fingerprint: string, signers: PublicKey[]) {
  const warnings: string[] = [];
  const cache = await openCache(tempFolder(), { refuse: refuseBy({ signers }) });
  const through = readThrough(cache, remote, { signers, warn: (text) => warnings.push(text) });
  const { type } = await through.cache.lookup(fingerprint);
  return { type, warnings: warnings.join('\n') };
}

test('if signatures are required, only what a trusted key has signed is used', async () => {
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

test('the same rules apply to what is already in the cache: its signer is recorded, and verified each time', async () => {
  const remote = new FakeRemote();
  const there = await openCache(tempFolder());
  const [ada, eve] = await Promise.all([makeKey(tempFolder(), 'ada'), makeKey(tempFolder(), 'eve')]);
  const [signed, unsigned] = [await commitText(there, 'signed'), await commitText(there, 'unsigned')];
  await push(remote, there, [signed], { key: ada });
  await push(remote, there, [unsigned]);
  const dir = tempFolder();
  const here = await openCache(dir);
  const own = await commitText(here, 'own');
  const { cache } = readThrough(here, remote, { signers: [eve, ada], warn: assert.fail });
  for (const { fingerprint } of [signed, unsigned]) await cache.lookup(fingerprint);

  const types = async (signers: PublicKey[]) => {
    const strict = await openCache(dir, { refuse: refuseBy({ signers }) });
    const found = [own, signed, unsigned].map(({ fingerprint }) => strict.lookup(fingerprint));
    return (await Promise.all(found)).map((one) => ('refused' in one ? one.refused : one.type));
  };
  const refused = 'the result from fake is not used: no trusted key has signed it';
  assert.deepEqual(await types([ada]), ['hit', 'hit', refused]);
  assert.deepEqual(await types([eve]), ['hit', refused, refused]);
  // A forged note: the right key with other bytes, and the right signature with another entry.
  const { entry } = (await here.lookup(signed.fingerprint)) as { entry: Entry };
  const { signature } = entry.provenance!.signatures![0]!;
  await here.commit({ ...unsigned, provenance: entry.provenance! });
  await here.commit({
    ...signed,
    provenance: { ...entry.provenance!, signatures: [{ key: eve.text, signature }] },
  });
  assert.deepEqual(await types([ada]), ['hit', refused, refused]);
});

test('push signs nothing that was not computed here, and passes on no note of where it came from', async () => {
  const [ada, first] = [await makeKey(tempFolder(), 'ada'), new FakeRemote()];
  const [eves, adas] = [await openCache(tempFolder()), await openCache(tempFolder())];
  const lie = await commitText(eves, 'a lie');
  await push(first, eves, [lie]);
  await readThrough(adas, first, { warn: assert.fail }).cache.lookup(lie.fingerprint);
  const found = (await adas.lookup(lie.fingerprint)) as { entry: Entry };
  const second = new FakeRemote();
  await push(second, adas, [found.entry], { key: ada });
  assert.ok(!second.files.has(signatureKey(lie.fingerprint, ada.id)));
  const pushed = second.files.get(entryKey(lie.fingerprint))!.toString();
  assert.doesNotMatch(pushed, /provenance|fake/);
  // Anyone who computes the same result may sign it.
  await push(second, adas, [lie], { key: ada });
  assert.ok(second.files.has(signatureKey(lie.fingerprint, ada.id)));
});

test("an entry's own claim of its origin is not believed", async () => {
  const remote = new FakeRemote();
  const entry = await commitText(await openCache(tempFolder()), 'x');
  const claimed = {
    ...entry,
    provenance: { type: 'bundle', name: 'here', signatures: [{ key: 'k', signature: 's' }] },
  };
  remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify(claimed)));
  const got = await fetchEntry(remote, entry.fingerprint);
  assert.equal(got?.provenance, undefined);
});

test('a signature is valid only for its own entry, key and bytes', async () => {
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

test('a key is readable only by its owner, is made once, and is shared as text', async () => {
  const [mine, yours] = [join(tempFolder(), 'etude'), tempFolder()];
  const key = await makeKey(mine, 'own');
  if (process.platform !== 'win32') assert.equal(statSync(join(mine, 'key.pem')).mode & 0o777, 0o600);
  await assert.rejects(makeKey(mine, 'own'), /there already is a key/);
  assert.equal((await ownKey(mine))?.id, key.id);
  assert.equal(await ownKey(yours), undefined);
  await trustKey(yours, key.text, 'Ada of the lab');
  await trustKey(yours, key.text, 'Ada again');
  assert.deepEqual(
    (await trustedKeys(yours)).map(({ id, label }) => [id, label]),
    [[key.id, 'Ada of the lab']],
  );
  for (const wrong of ['', 'etude-ed25519:', 'etude-ed25519:abc', `x${key.text}`, `${key.text}AAAA`])
    await assert.rejects(trustKey(yours, wrong, ''), /not an Etude public key/);
  writeFileSync(join(yours, 'key.pem'), 'secret words', { mode: 0o600 });
  await assert.rejects(ownKey(yours), (error: Error) => !error.message.includes('secret'));
  assert.equal(keysFolder({ XDG_CONFIG_HOME: '/x' }), join('/x', 'etude'));
});

test('a private key that others can read is refused, and so is a list that anybody can change', {
  skip: process.platform === 'win32',
}, async () => {
  const folder = tempFolder();
  const key = await makeKey(folder, 'own');
  const path = join(folder, 'key.pem');
  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602]) {
    chmodSync(path, mode);
    await assert.rejects(ownKey(folder), (error: EtudeError) => {
      assert.match(error.describe(), /other users can read it/);
      assert.match(error.hint ?? '', /^chmod 600 .*key\.pem/);
      return true;
    });
    await assert.rejects(trustedKeys(folder), /other users can read it/);
  }
  for (const mode of [0o600, 0o400]) {
    chmodSync(path, mode);
    assert.equal((await ownKey(folder))?.id, key.id);
  }
  await trustKey(folder, (await makeKey(tempFolder(), 'ada')).text, 'Ada');
  assert.equal(statSync(join(folder, 'trusted')).mode & 0o777, 0o600);
  chmodSync(join(folder, 'trusted'), 0o666);
  await assert.rejects(trustedKeys(folder), /anyone can change them/);
  chmodSync(join(folder, 'trusted'), 0o644);
  assert.equal((await trustedKeys(folder)).length, 2);
});

test('pipes in place of keys are refused at once', { skip: process.platform === 'win32' }, async () => {
  for (const [name, read] of [
    ['key.pem', ownKey],
    ['trusted', trustedKeys],
  ] as const) {
    const folder = tempFolder();
    execFileSync('mkfifo', ['-m', '600', join(folder, name)]);
    await assert.rejects(read(folder), /not a file/, name);
  }
});
