import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { commitText, flipBit, tempFolder } from '../../support/cache.js';

/** More than are read one by one. */
const MANY = 110;

test('many entries are kept in one file, which is believed while an entry has not been replaced', async () => {
  const dir = tempFolder();
  const memo = join(dir, 'known', 'entries.json');
  const first = await openCache(dir);
  const entries: Entry[] = [];
  for (let i = 0; i < MANY; i++) entries.push(await commitText(first, `text ${i}`));
  assert.ok(!existsSync(memo), 'nothing is written before a flush');
  await first.flush();
  assert.ok(existsSync(memo));
  const hits = async (warn: (text: string) => void = assert.fail) => {
    const cache = await openCache(dir, { warn });
    const found: (Entry | undefined)[] = [];
    for (const { fingerprint } of entries) {
      const lookup = await cache.lookup(fingerprint);
      found.push(lookup.type === 'hit' ? lookup.entry : undefined);
    }
    return found;
  };
  assert.deepEqual(await hits(), entries);

  // As only a failing disk does it: the file keeps its name, its size and the time when it was made.
  const last = entries.at(-1)!;
  const path = join(dir, 'index', last.parts.uses, `${last.fingerprint}.json`);
  flipBit(path);
  const { birthtimeMs, ctimeMs } = statSync(path);
  const isTimed = birthtimeMs !== 0 && birthtimeMs !== ctimeMs;
  if (isTimed) assert.deepEqual((await hits()).at(-1), last, 'the file itself was not read');

  const replaced = { ...last, seconds: last.seconds + 1 };
  await (await openCache(dir)).commit(replaced);
  assert.deepEqual((await hits()).at(-1), replaced);

  const warnings: string[] = [];
  writeFileSync(memo, '{"files": {');
  assert.deepEqual(await hits((text) => warnings.push(text)), [...entries.slice(0, -1), replaced]);
  assert.match(warnings.join(), /record of its entries is damaged/);
});

test('an entry that was found damaged does not count again because it is remembered', async () => {
  const dir = tempFolder();
  const first = await openCache(dir);
  const entries: Entry[] = [];
  for (let i = 0; i < MANY; i++) entries.push(await commitText(first, `text ${i}`));
  await first.flush();
  const { fingerprint, parts } = entries[0]!;
  flipBit(join(dir, 'index', parts.uses, `${fingerprint}.json`));

  const warnings: string[] = [];
  const cache = await openCache(dir, { warn: (text) => warnings.push(text) });
  assert.equal((await cache.lookup(fingerprint)).type, 'miss');
  for (const each of entries.slice(1)) assert.equal((await cache.lookup(each.fingerprint)).type, 'hit');
  assert.equal((await cache.lookup(fingerprint)).type, 'miss');
  assert.equal(warnings.length, 1);
});
