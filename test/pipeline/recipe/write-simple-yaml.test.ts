import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { blockYaml } from '../../../src/pipeline/recipe/write-simple-yaml.js';
import { yamlText } from '../../../src/pipeline/recipe/yaml-text.js';
import { Random } from '../../../src/random/random.js';

const whole = (value: unknown) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

const TEXTS = [
  'plain a-b_c/d.e 1e5 12e4567 0o7 0x1f 1.5 1. .5 .inf .nan - -- --- ... . .. true Null yes ~ 1_000 <<'.split(
    ' ',
  ),
  [
    '',
    ' ',
    'a b',
    'a: b',
    'a #b',
    "it's",
    '"',
    '{a}',
    '[',
    '- a',
    '? a',
    '!x',
    '&x',
    '%',
    '@',
    'é',
    'a:',
    'a ',
  ],
  ['two\nlines', 'tab\t', '2024-01-01', '__proto__', 'x'.repeat(2000), '0'.repeat(64), `1e${'3'.repeat(62)}`],
].flat();

test('every text is written as the whole library writes it, as a key and as a value', () => {
  for (const text of TEXTS)
    for (const value of [
      { k: text },
      { k: [text, [text]] },
      { [text]: 1, b: { [text]: [{ [text]: text }] } },
    ])
      assert.equal(yamlText(value), whole(value));
});

test('random values are written as the whole library writes them', () => {
  const random = Random.stream(1, 'yaml');
  const pick = <T>(list: readonly T[]) => list[random.next() % list.length]!;
  const leaves = [
    0,
    -0,
    1,
    -1.5,
    1e21,
    1e-7,
    Number.NaN,
    true,
    false,
    null,
    undefined,
    ...TEXTS.slice(0, 40),
  ];
  const make = (depth: number): unknown => {
    const kind = random.next() % 4;
    const count = random.next() % 4;
    if (depth === 0 || kind < 2) return pick(leaves);
    if (kind === 2) return Array.from({ length: count }, () => make(depth - 1));
    return Object.fromEntries(
      Array.from({ length: count }, () => [pick(TEXTS.slice(0, 40)), make(depth - 1)]),
    );
  };
  for (let i = 0; i < 300; i++) {
    const value = { first: make(4), second: make(4) };
    assert.equal(yamlText(value), whole(value));
  }
});

test('texts that are plainly plain are written without asking the library', () => {
  const lines = { scalar: () => assert.fail('asked'), key: () => assert.fail('asked') };
  const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const stages = { one: { uses: './stages/own.ts', list: [['a', 'b'], [{ c: digest, d: '1.2.3' }]] } };
  assert.equal(blockYaml(stages, lines), whole(stages));
});
