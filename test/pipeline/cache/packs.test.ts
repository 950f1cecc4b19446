import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sealed } from '../../../src/files/sealed.js';
import { collectGarbage } from '../../../src/pipeline/cache/gc/collect-garbage.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import type { ObjectRef } from '../../../src/stage/artifact.js';
import { entryOf, flipBit, makeOld, objectFile, partsOf, tempFolder } from '../../support/cache.js';

const open = (dir: string) => openCache(dir, { gatherFrom: 1 });

const column = (text: string) => Buffer.from(`ARROW1${text}`);

/** A cache with a result of some columns, each with the record of a finished chunk. */
async function filled(texts: readonly string[], dir = tempFolder()) {
  const cache = await open(dir);
  const refs: ObjectRef[] = [];
  for (const text of texts) {
    const ref = await cache.objects.put(column(text));
    await cache.chunks.set(text, { rows: 1, columns: { text: ref } });
    refs.push(ref);
  }
  const entry = entryOf(partsOf({ texts: [...texts] }), Object.fromEntries(refs.entries()));
  await cache.commit(entry);
  return { cache, refs, entry };
}

const packs = (cache: DiskCache) =>
  existsSync(join(cache.dir, 'packs')) ? readdirSync(join(cache.dir, 'packs')) : [];

const loose = (cache: DiskCache) =>
  ['objects', 'chunks', 'derived'].flatMap((kind) =>
    existsSync(join(cache.dir, kind))
      ? readdirSync(join(cache.dir, kind), { recursive: true, withFileTypes: true }).filter((one) =>
          one.isFile(),
        )
      : [],
  );

/** The only pack. */
function packOf(cache: DiskCache): string {
  const [name, ...more] = packs(cache);
  assert.ok(name !== undefined && more.length === 0, `not one pack: ${packs(cache).join()}`);
  return join(cache.dir, 'packs', name);
}

async function isHit(cache: DiskCache, { fingerprint }: Entry): Promise<boolean> {
  return (await (await open(cache.dir)).lookup(fingerprint)).type === 'hit';
}

test('small columns and records end up in one file, and are found there', async () => {
  const { cache, refs, entry } = await filled(['a', 'b', 'c']);
  const before = await open(cache.dir);
  assert.equal((await before.lookup(entry.fingerprint)).type, 'hit');
  await cache.gather();
  assert.deepEqual([packs(cache).length, loose(cache).length], [1, 0]);
  // By the process that put them together, one that saw them where they were, and a later one.
  for (const one of [cache, before, await open(cache.dir)]) {
    assert.equal((await one.lookup(entry.fingerprint, { verify: true })).type, 'hit');
    assert.deepEqual(await one.chunks.get('b'), { rows: 1, columns: { text: refs[1] } });
    assert.deepEqual(Buffer.from(await one.objects.read(refs[1]!)), column('b'));
    assert.deepEqual(readFileSync(await one.objects.pathOf(refs[2]!)), column('c'));
    assert.deepEqual(await one.objects.put(column('a')), refs[0]);
  }
  assert.equal(loose(cache).length, 0);
});

test('what is derived from something in a pack is made again', async () => {
  const cache = await open(tempFolder());
  const input = await cache.objects.put(column('input'));
  const feature = { _type: 'Value', dtype: 'string' } as const;
  const derivation = {
    uses: 'x',
    rows: 1,
    params: {},
    inputs: { text: { feature, ref: input } },
    outputs: {},
  };
  const made = await cache.objects.put(column('made'), { derivation, output: 'text' });
  await cache.gather();
  assert.equal(loose(cache).length, 0);
  const later = await open(cache.dir);
  assert.equal(later.objects.has(made), true);
  assert.equal(await later.objects.check(made), undefined);
  await later.objects.derived.discard(made);
  assert.equal(await (await open(cache.dir)).objects.check(made), 'missing');
  assert.equal(await (await open(cache.dir)).objects.check(input), undefined);
});

test('files of models, and what a training kept, stay where they are', async () => {
  const cache = await open(tempFolder());
  const model = await cache.objects.put(Buffer.from('{"hidden_size": 4}'));
  await cache.chunks.set('state', { rows: 0, columns: { state: model } });
  await cache.gather();
  assert.deepEqual([packs(cache), loose(cache).length], [[], 2]);
});

test('few small files are left alone', async () => {
  const { cache } = await filled(['a', 'b']);
  await (await openCache(cache.dir)).gather();
  assert.deepEqual([packs(cache), loose(cache).length], [[], 4]);
});

test('nothing is moved while somebody works in the cache; then the rest follows', async () => {
  const { cache, entry } = await filled(['a', 'b']);
  const lock = await cache.lock('run-1', { runId: '1' });
  await cache.gather();
  assert.deepEqual([packs(cache), loose(cache).length], [[], 4]);
  await lock.release();
  // A process that is killed once the pack is there leaves its files where they were, too.
  const kept = loose(cache).map((one) => join(one.parentPath, one.name));
  const bytes = kept.map((path) => readFileSync(path));
  await cache.gather();
  for (const [i, path] of kept.entries()) writeFileSync(path, bytes[i]!);
  await cache.gather();
  assert.deepEqual([packs(cache).length, loose(cache).length], [1, 0]);
  assert.equal(await isHit(cache, entry), true);
});

test('of a damaged pack, only what is damaged is lost, and it is stored again', async () => {
  const { cache, refs, entry } = await filled(['a', 'b', 'x'.repeat(50_000)]);
  await cache.gather();
  flipBit(packOf(cache));
  const later = await open(cache.dir);
  const found = await later.lookup(entry.fingerprint);
  assert.ok(found.type === 'damaged');
  assert.deepEqual(
    found.objects.map(({ ref }) => ref.digest),
    [refs[2]!.digest],
  );
  await assert.rejects(later.objects.read(refs[2]!), /damaged/);
  assert.deepEqual(Buffer.from(await later.objects.read(refs[0]!)), column('a'));
  await later.objects.put(column('x'.repeat(50_000)));
  assert.equal(await isHit(later, entry), true);
  await later.gather();
  assert.equal((await open(cache.dir)).packs.isWhole(later.packs.all()[0]!), true);
  assert.deepEqual([packs(cache).length, loose(cache).length], [1, 0]);
});

for (const [what, damage] of [
  ['cut', (path: string) => truncateSync(path, 10)],
  ['emptied', (path: string) => truncateSync(path, 0)],
  ['replaced by something else', (path: string) => writeFileSync(path, 'etude pack 1 9999999999\n{}')],
] as const) {
  test(`a pack that was ${what} counts as absent, and is replaced`, async () => {
    const { cache, entry } = await filled(['a', 'b']);
    await cache.gather();
    chmodSync(packOf(cache), 0o644);
    damage(packOf(cache));
    assert.equal(await isHit(cache, entry), false);
    const { cache: again } = await filled(['a', 'b'], cache.dir);
    await again.gather();
    assert.equal(await isHit(cache, entry), true);
    assert.equal(loose(cache).length, 0);
  });
}

test('a pack with bytes after its end loses nothing', async () => {
  const { cache, entry } = await filled(['a', 'b']);
  await cache.gather();
  chmodSync(packOf(cache), 0o644);
  appendFileSync(packOf(cache), 'more');
  await (await open(cache.dir)).gather();
  assert.equal(await isHit(cache, entry), true);
  assert.equal((await open(cache.dir)).packs.isWhole(cache.packs.all()[0]!), true);
});

test('a pack whose index has no possible places counts as absent; garbage collection removes it', async () => {
  const { cache, refs, entry } = await filled(['a', 'b']);
  await cache.gather();
  const path = `objects/${refs[0]!.digest.replace(/^../, '$&/')}`;
  const forged = [[0.5, 7], [-500, 7], [0, -1], ['a', 'b'], [0, [7]], 7, null].map((place, i) => {
    const index = sealed(JSON.stringify({ files: { [path]: place } }));
    const file = join(cache.dir, 'packs', `${String(i).repeat(64)}.pack`);
    writeFileSync(file, `etude pack 1 ${String(index.length).padStart(10, '0')}\n${index}ARROW1a`);
    return file;
  });
  forged.push(
    join(cache.dir, 'packs', `${'a'.repeat(64)}.pack`),
    join(cache.dir, 'packs', `${'b'.repeat(64)}.pack`),
  );
  mkdirSync(forged.at(-2)!);
  symlinkSync(forged.at(-1)!, forged.at(-1)!);
  for (const file of forged) lutimesSync(file, 0, 0);
  assert.equal(await isHit(cache, entry), true);
  const later = await open(cache.dir);
  assert.deepEqual(Buffer.from(await later.objects.read(refs[0]!)), column('a'));
  const { removed } = await collectGarbage(later);
  assert.equal(removed.objects.count, forged.length);
  assert.equal(await isHit(later, entry), true);
  assert.ok(existsSync(packOf(cache)));
});

test('a damaged file is not put into a pack', async () => {
  const { cache, refs } = await filled(['a', 'b']);
  flipBit(objectFile(cache.dir, refs[0]!));
  await cache.gather();
  assert.equal(loose(cache).length, 1);
  assert.equal(await (await open(cache.dir)).objects.check(refs[0]!), 'wrong bytes');
});

test('many small packs become one', async () => {
  const dir = tempFolder();
  const entries: Entry[] = [];
  for (let i = 0; i < 10; i++) {
    const { cache, entry } = await filled([`${i}`], dir);
    await cache.gather();
    entries.push(entry);
  }
  const cache = await open(dir);
  assert.ok(packs(cache).length < 8);
  for (const entry of entries) assert.equal(await isHit(cache, entry), true);
});

test('garbage collection removes from packs what nothing needs, once they were not used for long', async () => {
  const { cache, entry: old, refs } = await filled(['a', 'both']);
  const { entry } = await filled(['both', 'b'], cache.dir);
  await cache.gather();
  const index = (one: Entry) => join(cache.dir, 'index', 'load', `${one.fingerprint}.json`);
  makeOld(index(old), 31 * 24);
  assert.equal((await collectGarbage(cache, { dryRun: true })).removed.objects.count, 0);
  makeOld(packOf(cache), 31 * 24);
  const later = await open(cache.dir);
  const dry = await collectGarbage(later, { dryRun: true });
  const name = packOf(cache);
  const report = await collectGarbage(later);
  assert.deepEqual({ ...report, dryRun: true }, dry);
  assert.deepEqual([report.removed.objects, report.removed.chunks], [{ count: 1, bytes: refs[0]!.size }, 1]);
  assert.notEqual(packOf(cache), name);
  assert.equal(await isHit(cache, entry), true);
  assert.equal((await open(cache.dir)).objects.has(refs[0]!), false);
  // All that is left goes with its last user.
  makeOld(index(entry), 31 * 24);
  makeOld(packOf(cache), 31 * 24);
  await collectGarbage(await open(cache.dir));
  assert.deepEqual(packs(cache), []);
});

test('a pack whose chunk was used again is young', async () => {
  const { cache, entry } = await filled(['a']);
  await cache.gather();
  makeOld(join(cache.dir, 'index', 'load', `${entry.fingerprint}.json`), 31 * 24);
  makeOld(packOf(cache), 31 * 24);
  const later = await open(cache.dir);
  assert.notEqual(await later.chunks.get('a'), undefined);
  const { removed } = await collectGarbage(later);
  assert.deepEqual([removed.entries, removed.objects.count, removed.chunks], [1, 0, 0]);
  assert.notEqual(await (await open(cache.dir)).chunks.get('a'), undefined);
});

test('what is known of the size of a cache counts packs once', async () => {
  const { cache } = await filled(['a', 'b']);
  assert.equal(cache.storedBytes(), 2 * column('a').byteLength);
  await cache.gather();
  assert.equal((await open(cache.dir)).storedBytes(), readFileSync(packOf(cache)).byteLength);
});
