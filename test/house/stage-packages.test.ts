import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codeClosure } from '../../src/pipeline/plan/code/code-closure.js';

// Their versions are in fingerprints: a clone would compute again what an installed package has computed.
test('the code of built-in stages imports only packages that are installed with Etude', async () => {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { dependencies: Record<string, string> };
  const memo = { get: () => undefined, set: () => undefined };
  const stages = fileURLToPath(new URL('../../dist/stages/', import.meta.url));
  const names = readdirSync(stages).filter((name) => name.endsWith('.js'));
  assert.ok(names.includes('cast-audio.js'));
  for (const name of names) {
    const { listing } = await codeClosure(join(stages, name), memo);
    const others = Object.keys(listing.packages).filter((each) => !Object.hasOwn(dependencies, each));
    assert.deepEqual(others, [], name);
  }
});
