import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { scanJavaScript } from '../../../src/pipeline/plan/code/scan-javascript.js';
import { sha256 } from '../../../src/util/sha256.js';

test('what the build noted about its modules equals what scanning them gives', async () => {
  const dist = new URL('../../../dist/', import.meta.url);
  const { builtFacts } = (await import(
    new URL('src/pipeline/plan/code/built-facts.js', dist).href
  )) as typeof import('../../../src/pipeline/plan/code/built-facts.js');
  const stages = readdirSync(new URL('stages/', dist)).filter((name) => name.endsWith('.js'));
  assert.ok(stages.length > 5);
  for (const path of [...stages.map((name) => `stages/${name}`), 'src/learning/data/dataset.js']) {
    const text = readFileSync(new URL(path, dist), 'utf8');
    assert.deepEqual(builtFacts(sha256(text)), scanJavaScript(text), path);
    assert.equal(builtFacts(sha256(`${text}\n`)), undefined);
  }
  assert.equal(builtFacts('constructor'), undefined);
});
