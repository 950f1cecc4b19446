import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { EtudeError } from '../../../src/util/errors.js';
import { commitText, entryOf, flipBit, objectFile, partsOf, tempFolder } from '../../support/cache.js';

function fileOf(dir: string, uses: string, fingerprint: string): string {
  return join(dir, 'index', uses, `${fingerprint}.json`);
}

test('what was committed is a hit, in any process', async () => {
  const dir = tempFolder();
  const entry = await commitText(await openCache(dir), 'text', { rowsComputed: 3, summary: '3 rows' });
  const found = await (await openCache(dir)).lookup(entry.fingerprint);
  assert.deepEqual(found, { type: 'hit', entry });
});

test('what was never committed is a miss', async () => {
  const cache = await openCache(tempFolder());
  assert.deepEqual(await cache.lookup('0'.repeat(64)), { type: 'miss' });
  assert.deepEqual(await cache.lookup('../format'), { type: 'miss' });
});

test('an entry with a damaged object is reported as damaged, and is a hit once the bytes are stored again', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const entry = await commitText(cache, 'text');
  const ref = await cache.objects.put(Buffer.from('text'));
  flipBit(objectFile(dir, ref));
  assert.deepEqual(await cache.lookup(entry.fingerprint), {
    type: 'damaged',
    entry,
    objects: [{ ref, problem: 'wrong bytes' }],
  });
  rmSync(objectFile(dir, ref));
  assert.equal((await cache.lookup(entry.fingerprint)).type, 'damaged');
  await cache.objects.put(Buffer.from('text'));
  assert.equal((await cache.lookup(entry.fingerprint)).type, 'hit');
});

test('objects that were whole a moment ago are not looked at again, where the caller says so', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const entry = await commitText(cache, 'text');
  const whole = new Set<string>();
  assert.equal((await cache.lookup(entry.fingerprint, { whole })).type, 'hit');
  rmSync(objectFile(dir, await cache.objects.put(Buffer.from('text'))));
  assert.equal((await cache.lookup(entry.fingerprint, { whole })).type, 'hit');
  const later = new Set<string>();
  assert.equal((await cache.lookup(entry.fingerprint, { whole: later })).type, 'damaged');
  assert.equal(later.size, 0, 'a damaged one is no whole one');
});

test('what is stored is known without looking at it, in any process', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  assert.equal(cache.storedBytes(), 0);
  await commitText(cache, 'text');
  await cache.objects.put(Buffer.alloc(2 ** 21));
  const elsewhere = await openCache(dir);
  await elsewhere.objects.put(Buffer.alloc(1000));
  await elsewhere.objects.put(Buffer.alloc(1000));
  await elsewhere.flush();
  assert.equal(cache.storedBytes(), 4 + 2 ** 21 + 1000);
  await cache.flush();
  const known = await openCache(dir);
  assert.equal(known.storedBytes(), 4 + 2 ** 21 + 1000);
  // A lost memo learns again what is used.
  rmSync(join(dir, 'known', 'objects.json'));
  assert.equal((await openCache(dir)).storedBytes(), 0);
});

const corruptions: [string, (text: string) => string][] = [
  ['is cut short', (text) => text.slice(0, 100)],
  ['is empty', () => ''],
  ['holds something else', () => '[]'],
  ['had a parameter changed', (text) => text.replace('"text": "text"', '"text": "tex_"')],
  ['had its artifact changed', (text) => text.replace('"size": 4', '"size": 5')],
];
for (const [what, corrupt] of corruptions) {
  test(`an entry that ${what} is a miss with a warning, and can be written again`, async () => {
    const dir = tempFolder();
    const entry = await commitText(await openCache(dir), 'text');
    const path = fileOf(dir, 'load', entry.fingerprint);
    const text = readFileSync(path, 'utf8');
    assert.notEqual(corrupt(text), text);
    writeFileSync(path, corrupt(text));
    const warnings: string[] = [];
    const cache = await openCache(dir, { warn: (warning) => warnings.push(warning) });
    assert.deepEqual(await cache.lookup(entry.fingerprint), { type: 'miss' });
    assert.match(warnings.join(), /corrupt/);
    await cache.commit(entry);
    assert.equal((await cache.lookup(entry.fingerprint)).type, 'hit');
  });
}

test('an entry is not committed while an object of it is missing', async () => {
  const cache = await openCache(tempFolder());
  const entry = entryOf(partsOf({}), { file: { digest: '1'.repeat(64), size: 4 } });
  await assert.rejects(cache.commit(entry), /missing/);
  assert.deepEqual(await cache.lookup(entry.fingerprint), { type: 'miss' });
});

test('entries of a stage type are listed newest first, without others and corrupt ones', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const uses = './stages/my own.js';
  for (const year of [2021, 2023, 2022]) {
    await cache.commit(entryOf(partsOf({ year }, { uses }), {}, { created: `${year}-01-01T00:00:00.000Z` }));
  }
  await commitText(cache, 'other');
  const entries = await cache.entriesOf(uses);
  assert.deepEqual(
    entries.map(({ parts }) => parts.params.year),
    [2023, 2022, 2021],
  );
  const [folder] = readdirSync(join(dir, 'index')).filter((name) => name !== 'load');
  writeFileSync(join(dir, 'index', folder!, `${entries[0]!.fingerprint}.json`), '{');
  assert.equal((await cache.entriesOf(uses)).length, 2);
});

test('a corrupt entry is reported once, however often it is found', async () => {
  const dir = tempFolder();
  const { fingerprint } = await commitText(await openCache(dir), 'text');
  writeFileSync(fileOf(dir, 'load', fingerprint), '{');
  const warnings: string[] = [];
  const cache = await openCache(dir, { warn: (text) => warnings.push(text) });
  for (let time = 0; time < 3; time++) assert.deepEqual(await cache.lookup(fingerprint), { type: 'miss' });
  assert.deepEqual(warnings, [`cache entry ${fingerprint.slice(0, 12)} is corrupt and is ignored`]);
});

test('with verify, bytes are hashed even if nothing suggests a change', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const entry = await commitText(cache, 'text');
  const ref = Object.values(entry.artifact.kind === 'report' ? entry.artifact.files : {})[0]!;
  flipBit(objectFile(dir, ref));
  // As if the disk itself had lost the bit: the file's signature is the one that was verified.
  const { signatureOf } = await import('../../../src/pipeline/cache/stat-memo.js');
  const { statSync } = await import('node:fs');
  cache.verified.set(ref.digest, signatureOf(statSync(objectFile(dir, ref), { bigint: true })), 1);
  assert.equal((await cache.lookup(entry.fingerprint)).type, 'hit');
  assert.equal((await cache.lookup(entry.fingerprint, { verify: true })).type, 'damaged');
});

test('a chunk result whose object is damaged counts as absent', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const ref = await cache.objects.put(Buffer.from('column'));
  const chunk = { rows: 3, columns: { audio: ref } };
  await cache.chunks.set('any key', chunk);
  assert.deepEqual(await (await openCache(dir)).chunks.get('any key'), chunk);
  assert.equal(await cache.chunks.get('another key'), undefined);
  flipBit(objectFile(dir, ref));
  assert.equal(await cache.chunks.get('any key'), undefined);
});

test('a folder of a newer format is refused, naming both formats', async () => {
  const dir = tempFolder();
  await openCache(dir);
  writeFileSync(join(dir, 'format'), '2\n');
  await assert.rejects(
    openCache(dir),
    (error) => error instanceof EtudeError && /format 1/.test(error.expected!) && /format 2/.test(error.got!),
  );
});

test('a place where no folder can be created is refused', { skip: !existsSync('/proc/self') }, async () => {
  await assert.rejects(openCache('/proc/etude/cache'), /the cache folder cannot be created/);
});

test('the folder is marked as a cache, for backup tools and git', async () => {
  const dir = join(tempFolder(), 'deep', 'cache');
  await openCache(dir);
  assert.match(
    readFileSync(join(dir, 'CACHEDIR.TAG'), 'utf8'),
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
  assert.equal(readFileSync(join(dir, '.gitignore'), 'utf8'), '*\n');
});
