import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHubAddress } from '../../../../src/pipeline/remote/hub/address.js';
import { openRemote } from '../../../../src/pipeline/remote/open-remote.js';
import type { EtudeError } from '../../../../src/util/errors.js';

/** As `huggingface_hub` 2.4.0 parses them (`parse_hf_uri`). */
const right: Record<string, [type: 'model' | 'dataset', id: string, revision: string, prefix: string]> = {
  'hf://datasets/ada/cache': ['dataset', 'ada/cache', 'main', ''],
  'hf://datasets/ada/cache/': ['dataset', 'ada/cache', 'main', ''],
  'hf://datasets/ada/cache/a/b': ['dataset', 'ada/cache', 'main', 'a/b/'],
  'hf://models/ada/cache': ['model', 'ada/cache', 'main', ''],
  'hf://ada/cache': ['model', 'ada/cache', 'main', ''],
  'hf://ada/cache@dev': ['model', 'ada/cache', 'dev', ''],
  'hf://datasets/ada/cache@dev/a': ['dataset', 'ada/cache', 'dev', 'a/'],
  'hf://datasets/ada/cache@ada%2Fdev/a': ['dataset', 'ada/cache', 'ada/dev', 'a/'],
  'hf://datasets/ada/cache@refs/pr/3/a': ['dataset', 'ada/cache', 'refs/pr/3', 'a/'],
};
for (const [text, [type, id, revision, prefix]] of Object.entries(right)) {
  test(`${text} is an address on the Hub`, () => {
    assert.deepEqual(parseHubAddress(text), { repository: { type, id }, revision, prefix });
    assert.equal(openRemote(text).name, text);
  });
}

for (const text of [
  'hf://',
  'hf://cache',
  'hf://datasets/cache',
  'hf://spaces/ada/cache',
  'hf://datasets/ada/cache@',
  'hf://datasets/ada/cache@../x',
  'hf://datasets/ada/cache@%ff',
  'hf://datasets/ada/cache/../x',
  'hf://datasets/ada/cache/a b',
  'hf://datasets/ada/cache?x=1',
]) {
  test(`${text} is not an address on the Hub`, () => {
    assert.throws(() => openRemote(text), /not an address on the Hugging Face Hub/);
  });
}

test('a token that was put into an address is not shown', () => {
  assert.throws(
    () => openRemote('hf://hf_s3crettoken@datasets/ada/cache'),
    (error: EtudeError) => error.got === 'hf://…@datasets/ada/cache' && !error.describe().includes('s3cret'),
  );
});
