import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../support/recipe-folder.js';

const STAGE = 'stages:\n  s:\n    uses: ./stages/source.js\n';

const CASES: [what: string, recipe: string | Uint8Array, expected: string[]][] = [
  ['an empty file', '', ['1:1 the file is empty: expected a recipe with `stages`']],
  ['a file of blanks', ' \n\n', ['1:1 the file is empty: expected a recipe with `stages`']],
  ['a file of comments', '# nothing\n', ['1:1 the file is empty: expected a recipe with `stages`']],
  [
    'bytes that are not UTF-8, by their position',
    Buffer.concat([Buffer.from('name: é\nx: "é'), Buffer.from([0xe9, 0x20]), Buffer.from('"\n')]),
    ['2:6 the file is not UTF-8: expected UTF-8 text, got byte 0xe9 at offset 15'],
  ],
  [
    'a character cut off at the end',
    Buffer.from('name: é').subarray(0, 7),
    ['1:7 the file is not UTF-8: expected UTF-8 text, got byte 0xc3 at offset 6'],
  ],
  [
    'UTF-16',
    Buffer.from('\ufeffname: x', 'utf16le'),
    ['1:1 the file is not UTF-8: expected UTF-8 text, got UTF-16'],
  ],
  [
    'tabs as indentation, all of them',
    'stages:\n\ts:\n\t\tuses: x\n',
    [
      '2:1 a tab is not allowed as indentation: expected spaces',
      '3:1 a tab is not allowed as indentation: expected spaces',
    ],
  ],
  [
    'an unclosed quote, where it opens',
    'name: "x\nstages: {}\n',
    ['1:7 YAML syntax: this is never closed: expected "'],
  ],
  [
    'an unclosed bracket, where it opens',
    `${STAGE}    with: { count: 1\n  b:\n    uses: rename\n    from: s\n`,
    ['4:11 YAML syntax: this is never closed: expected }'],
  ],
  [
    'a missing colon',
    'stages:\n  s\n    uses: x\n',
    ['2:3 YAML syntax: not a key: expected a key followed by a colon on one line'],
  ],
  [
    'keys of one map in different columns',
    'stages:\n  s:\n    uses: a\n   from: b\n',
    ['4:1 YAML syntax: all mapping items must start at the same column'],
  ],
  [
    'a second document',
    `${STAGE}---\nname: x\n`,
    ['4:1 a second YAML document: expected one document per file'],
  ],
  [
    'a duplicate key',
    `${STAGE}    with:\n      count: 1\n      count: 2\n`,
    ["6:7 duplicate key 'count', first on line 5"],
  ],
  [
    'a key that is not allowed, with the other mistakes of the recipe',
    'stages:\n  __proto__:\n    uses: load\n  s:\n    uses: lod\n    from: t\n  s: {}\n',
    [
      "2:3 the key '__proto__' is not allowed",
      "5:11 unknown stage type 'lod': did you mean 'load'?",
      "6:11 unknown stage 't'",
      "7:3 duplicate key 's', first on line 4",
    ],
  ],
  [
    'a duplicate stage',
    `${STAGE}  s:\n    uses: ./stages/source.js\n`,
    ["4:3 duplicate key 's', first on line 2"],
  ],
  [
    'a tag that would make an object',
    `${STAGE}    with: { text: !!js/function "x" }\n`,
    ["4:19 the tag '!!js/function' is not supported: expected no tag"],
  ],
  [
    'a tag that would make bytes',
    `${STAGE}    with: { text: !!binary aGk= }\n`,
    ["4:28 the tag '!!binary' is not supported: expected no tag"],
  ],
  [
    'an infinite number',
    `${STAGE}    with: { rate: .inf }\n`,
    ['4:19 not a finite number: expected a finite number, got .inf'],
  ],
  [
    'an integer that would be rounded',
    `${STAGE}    with: { count: 12345678901234567890 }\n`,
    [
      '4:20 integer too large to be represented exactly: expected at most 9007199254740991, got 12345678901234567890',
    ],
  ],
  [
    'an unknown alias',
    `${STAGE}    with: *nope\n`,
    ["4:11 unknown alias '*nope': expected an anchor '&nope' before it"],
  ],
  [
    'an alias inside its own anchor',
    'stages: &a\n  s: *a\n',
    ["2:6 the alias '*a' is inside its own anchor"],
  ],
  [
    'a key that would change prototypes',
    `__proto__: 1\n${STAGE}`,
    ["1:1 the key '__proto__' is not allowed"],
  ],
  ['an empty key', `: 1\n${STAGE}`, ['1:1 a key is missing before the colon']],
  ['a list as a key', `? [a]\n: 1\n${STAGE}`, ['1:3 a key must be plain text']],
  [
    'a merge of something else than a map',
    `${STAGE}    with: { <<: 3 }\n`,
    ["4:17 '<<' only merges maps: expected an alias of a map"],
  ],
  [
    'an alias bomb',
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
      .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(',')}]\n`)
      .join('')}${STAGE}`,
    ['5:8 the recipe becomes too large when its aliases are expanded: expected at most 20000 values'],
  ],
  ['thousands of open brackets', '['.repeat(20_000), ['1:151 nested too deeply: expected at most 60 levels']],
  [
    'sixty levels',
    `x: ${'['.repeat(80)}${']'.repeat(80)}\n`,
    ['1:64 nested too deeply: expected at most 60 levels'],
  ],
];

for (const [what, recipe, expected] of CASES) {
  test(`reports ${what}`, async () => {
    assert.deepEqual(await linesOf(recipe), expected);
  });
}

test('reads a recipe with a byte order mark and Windows line endings', async () => {
  assert.deepEqual(await linesOf(`\ufeff${STAGE.replaceAll('\n', '\r\n')}`), []);
});

test('reads scientific notation as numbers', async () => {
  for (const number of ['3e-5', '3.0e-5', '1E5', '.5']) {
    assert.deepEqual(await linesOf(`${STAGE}    with: { rate: ${number} }\n`), []);
  }
});

test('reports a file that is too large without reading it as YAML', async () => {
  const [line] = await linesOf(`${STAGE}#${'x'.repeat(2 ** 22)}\n`);
  assert.match(line!, /^1:1 too large for a recipe: expected at most 4194304 bytes, got \d+ bytes$/);
});
