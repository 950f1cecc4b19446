import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FingerprintParts } from '../../../../src/pipeline/cache/types.js';
import { diffFingerprints } from '../../../../src/pipeline/plan/rerun-reasons/diff-fingerprints.js';
import type { Json } from '../../../../src/util/json.js';
import { partsOf } from '../../../support/cache.js';

type Params = Record<string, Json>;

const params: [string, Params, Params, string[]][] = [
  ['nothing', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
  ['a number', { learning_rate: 3e-5 }, { learning_rate: 1e-4 }, ['learning_rate 3e-5 → 1e-4']],
  ['an integer', { sampling_rate: 8000 }, { sampling_rate: 16000 }, ['sampling_rate 8000 → 16000']],
  ['a fraction', { test_size: 0.2 }, { test_size: 0.25 }, ['test_size 0.2 → 0.25']],
  ['a boolean', { mono: true }, { mono: false }, ['mono true → false']],
  ['a type', { seed: '42' }, { seed: 42 }, ['seed changed (42)']],
  ['null', { seed: null }, { seed: 42 }, ['seed null → 42']],
  ['a text', { model: 'a/b' }, { model: 'a/c' }, ['model a/b → a/c']],
  ['an empty text', { name: '' }, { name: 'en US' }, ['name "" → "en US"']],
  ['a parameter added', {}, { max_length: 16000 }, ['max_length set to 16000']],
  ['a parameter removed', { seed: 42 }, {}, ['seed removed (was 42)']],
  ['several', { a: 1, b: 2, c: 3 }, { a: 2, b: 2, d: 4 }, ['a 1 → 2', 'd set to 4', 'c removed (was 3)']],
  ['an item added', { columns: ['a'] }, { columns: ['a', 'b'] }, ['columns added b']],
  ['items exchanged', { columns: ['a', 'b'] }, { columns: ['b', 'c'] }, ['columns added c, removed a']],
  ['items moved', { columns: ['a', 'b'] }, { columns: ['b', 'a'] }, ['columns reordered']],
  ['many items', { columns: [] }, { columns: [1, 2, 3, 4, 5, 6] }, ['columns added 1, 2, 3, 4 and 2 more']],
  ['an item repeated', { n: [1] }, { n: [1, 1] }, ['n [1] → [1, 1]']],
  ['an entry of a map', { columns: { x: 'y' } }, { columns: { x: 'z' } }, ['columns.x y → z']],
  ['an entry more', { columns: { x: 'y' } }, { columns: { x: 'y', a: 'b' } }, ['columns.a set to b']],
  ['a kind of value', { split: 'train' }, { split: ['train', 'test'] }, ['split train → [train, test]']],
];
for (const [what, before, after, texts] of params) {
  test(`a difference in parameters: ${what}`, () => {
    assert.deepEqual(textsOf(partsOf(before), partsOf(after)), texts);
  });
}

test('long values are shortened, and still distinguishable', () => {
  const long = 'x'.repeat(100);
  const [reason] = diffFingerprints(partsOf({ path: `${long}1` }), partsOf({ path: `${long}2` }));
  assert.equal(reason!.text, `path changed (${'x'.repeat(39)}…)`);
  const [other] = diffFingerprints(partsOf({ path: 'short' }), partsOf({ path: long }));
  assert.equal(other!.text, `path short → ${'x'.repeat(39)}…`);
});

const many = (count: number, change = ''): Record<string, Json> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`clip-${String(i).padStart(4, '0')}.wav`, `${i}${change}`]),
  );

const sources: [string, Json, Json, string[]][] = [
  ['one file changed', { 'clips.csv': 'a' }, { 'clips.csv': 'b' }, ['clips.csv changed']],
  ['another file', { 'a.csv': 'a' }, { 'b.csv': 'b' }, ['path a.csv → b.csv']],
  ['five files added', many(10), many(15), ['5 files added']],
  ['a file added', many(2), many(3), ['clip-0002.wav added']],
  ['files removed and changed', many(10), many(5, 'x'), ['5 files removed, 5 files changed']],
  ['a file renamed', { a: '1', b: '2' }, { a: '1', c: '2' }, ['c renamed']],
  [
    'another order',
    [
      ['b', '1'],
      ['a', '2'],
    ],
    { a: '2', b: '1' },
    ['files of path reordered'],
  ],
  [
    'a long listing',
    { files: 300, digest: 'x', listing: many(300) },
    { files: 305, digest: 'y', listing: many(305) },
    ['5 files added'],
  ],
  [
    'listings too long to keep',
    { files: 9000, digest: 'x' },
    { files: 9005, digest: 'y' },
    ['files of path changed (9000 files → 9005 files)'],
  ],
  [
    'a listing that grew too long',
    many(3),
    { files: 9005, digest: 'y' },
    ['files of path changed (3 files → 9005 files)'],
  ],
];
for (const [what, before, after, texts] of sources) {
  test(`a difference in files: ${what}`, () => {
    assert.deepEqual(
      textsOf(partsOf({}, { sources: { path: before } }), partsOf({}, { sources: { path: after } })),
      texts,
    );
  });
}

const others: [string, Partial<FingerprintParts>, Partial<FingerprintParts>, string[]][] = [
  ['an input', { inputs: { dataset: 'a' } }, { inputs: { dataset: 'b' } }, ['input speech changed']],
  ['an input more', {}, { inputs: { dataset: 'b' } }, ['input speech added']],
  ['an input less', { inputs: { other: 'a' } }, {}, ['input other removed']],
  ['the code', { code: 'a' }, { code: 'b' }, ['code of stage type load changed']],
  [
    'the engine',
    { libraries: { engine: 'onnxruntime-node 1.30.0' } },
    { libraries: { engine: 'cpu' } },
    ['engine onnxruntime-node 1.30.0 → cpu'],
  ],
  ['a library', { libraries: { x: '1.0.0' } }, { libraries: { x: '1.1.0' } }, ['x 1.0.0 → 1.1.0']],
  ['a library more', {}, { libraries: { x: '1.1.0' } }, ['x 1.1.0 is now needed']],
  ['a library less', { libraries: { x: '1.1.0' } }, {}, ['x 1.1.0 is no longer needed']],
];
for (const [what, before, after, texts] of others) {
  test(`a difference: ${what}`, () => {
    assert.deepEqual(textsOf(partsOf({}, before), partsOf({}, after)), texts);
  });
}

test('reasons contain the field and both values, parameters first', () => {
  const before = partsOf({ seed: 1 }, { code: 'a', inputs: { dataset: 'a' } });
  const after = partsOf({ seed: 2 }, { code: 'b', inputs: { dataset: 'b' } });
  const reasons = diffFingerprints(before, after, { dataset: 'speech' });
  assert.deepEqual(
    reasons.map(({ type }) => type),
    ['param', 'input', 'code'],
  );
  assert.deepEqual(reasons[0], { type: 'param', field: 'seed', before: '1', after: '2', text: 'seed 1 → 2' });
});

function textsOf(before: FingerprintParts, after: FingerprintParts): string[] {
  return diffFingerprints(before, after, { dataset: 'speech' }).map(({ text }) => text);
}

test('two inputs from one stage are named apart', () => {
  const inputs = (digest: string) => ({ ...partsOf({}), inputs: { voices: digest, dataset: digest } });
  const from = { voices: 'encoded', dataset: 'encoded' };
  assert.deepEqual(
    diffFingerprints(inputs('a'), inputs('b'), from).map(({ text }) => text),
    ['input voices (encoded) changed', 'input dataset (encoded) changed'],
  );
});
