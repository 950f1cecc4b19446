import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { plainYaml } from '../../../src/pipeline/recipe/parse-simple-yaml.js';
import { parseYaml } from '../../../src/pipeline/recipe/parse-yaml.js';
import { SourceText } from '../../../src/pipeline/recipe/source-positions.js';
import type { Json } from '../../../src/util/json.js';

const RECIPE = `# A comment
name: test # another one
description: It's plain: text, with "quotes" and (brackets)
params:
  seed: 42
  share: 0.2
  rate: -3.0e-5
  none:
  names: [a, "b c", 'd', -1, 1e-4, null, true, f g]
matrix:
  seed:
  - 1
  - 2

  share:
    - 0.1
    - { a: [], b: {} } # a map
stages:
  start:
    uses: ./stages/source.js
    with: { count: 3, names: $\{{ params.names }}, labels: { x: t$\{{ params.seed }}_1, y: "" } }
  parts:
    uses: split
    from: start
    with:
      path: /data/some where/x=1
      columns:
        a.b: ~
        c: '#'
        "@scope/d.e": 1
      rows:
        - name: one
          of: [1]
        -   name: two
            of:
            - 2
            - deep:
        - - one
          - 2
        - - - three
      seed: $\{{ params.seed }}
`;

/** As a recipe; what the full parser refuses is never plain. */
const recipe = (text: string): Json | undefined => {
  const parsed = parseYaml(new SourceText('recipe.yaml', text));
  return 'value' in parsed && parsed.keys.length === 0 ? parsed.value : undefined;
};
/** As a lock. */
const lock = (text: string) => parse(text, { maxAliasCount: 0 }) as Json;

function assertSame(text: string): void {
  const value = plainYaml(text);
  if (value === undefined) return;
  // Locks have no references, which YAML itself may take for maps.
  for (const read of text.includes('${{') ? [recipe] : [recipe, lock]) {
    const whole = read(text);
    assert.deepEqual(value, whole, text);
    assert.equal(JSON.stringify(value), JSON.stringify(whole), `order of ${text}`);
  }
}

test('a plain recipe is read as the full parser reads it', () => {
  // The colon with a blank in the description is not plain.
  assert.equal(plainYaml(RECIPE), undefined);
  const plain = RECIPE.replace('plain: text', 'plain text');
  assert.notEqual(plainYaml(plain), undefined);
  assertSame(plain);
});

test('the shipped recipes are read the same way', () => {
  for (const name of readdirSync('pipelines').filter((each) => each.endsWith('.yaml')))
    assertSame(readFileSync(`pipelines/${name}`, 'utf8'));
});

test('every spelling of a key or a value is read the same way or left to the full parser', () => {
  const spellings = [
    ...['0', '-0', '1', '01', '-1', '+1', '1.', '.5', '1.0', '1.50', '1e3', '1E+3', '1e999', '0o17', '0x1F'],
    ...['9007199254740993', '1_000', '12:30', '2026-11-28', '.inf', '-.INF', '.nan', 'nan', 'true', 'True'],
    ...['tRUE', 'yes', 'null', 'NULL', '~', '', 'a b', 'a:b', 'a: b', 'a#b', 'a #b', '#a', '-a', '- a', '--'],
    ...['---', '...', '<<', '=', '!a', '&a', '*a', '?a', '? a', '|', '>-', '%a', '@a', '`a', '__proto__'],
    ...['toString', '""', `''`, '"a"', `'a'`, '"a\\n"', `'a''b'`, '"1"', '"null"', '{}', '[]', '{a}', '[a,]'],
    ...['a,b', 'a}', 'a]', '[a]b', '"a"b', '\u00e9', '\u00a0', '\u0085', '\t', 'a\tb', '\\', 'a\rb'],
  ];
  const places: ((one: string) => string)[] = [
    (one) => `k: ${one}\n`,
    (one) => `k: ${one} # c\nl: 1\n`,
    (one) => `k:\n  - ${one}\n`,
    (one) => `k: [${one}, ${one}]\n`,
    (one) => `k: { a: ${one} }\n`,
    (one) => `k: { ${one}: 1 }\n`,
    (one) => `${one}: 1\n`,
    (one) => `k:\n- ${one}: 1\n  l: 2\n`,
    (one) => one,
    (one) => `k:\n  ${one}\n`,
  ];
  for (const place of places) for (const one of spellings) assertSame(place(one));
});

test('however a plain recipe or lock is edited, it is read the same way or left to the full parser', () => {
  const recipes = RECIPE.replace('plain: text', 'plain text');
  const locks = recipes.replaceAll(/\$\{\{ | \}\}/g, '');
  const letters = [
    ...['{', '}', '[', ']', ':', ': ', ' :', ',', ', ', '"', "'", '\t', '\n', '\r\n', ' ', '  ', '\n  '],
    ...['-', '- ', '--', '? ', '&p ', '*p', '<<: ', '!!set ', '$', '${{', '}}', '#', ' #', '|', '>', '%'],
    ...['@', '=', '0', '.', '+', '0o7', '0x1F', '1e999', '1_000', '.inf', 'null', 'Null', 'True', 'yes'],
    ...['---\n', '...\n', 'é', '\u0085', '\u2028', '\ufdd0', '\ufeff', '__proto__', 'a: 1', 'a: 1\n'],
    ...['1.0: x\n', '0x10: x\n', '007: x\n', '12: x\n', '"1e3": x\n'],
  ];
  const edit = fc.record({
    at: fc.nat(recipes.length),
    remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(8)),
    insert: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...letters) },
      fc.string({ maxLength: 3 }),
      // Moves a piece of the recipe elsewhere.
      fc.tuple(fc.nat(recipes.length), fc.nat(12)).map(([at, length]) => recipes.slice(at, at + length)),
    ),
  });
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(recipes, locks),
      fc.array(edit, { minLength: 1, maxLength: 2 }),
      (plain, edits) => {
        const text = edits.reduce(
          (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
          plain,
        );
        if (plainYaml(text) !== undefined) read += 1;
        assertSame(text);
      },
    ),
    { numRuns: Number(process.env.ETUDE_TEST_RUNS ?? 400), seed: 1 },
  );
  assert.ok(read > 50, `${read} of the edited texts were plain`);
});

test('mistakes in a plain recipe have positions', () => {
  const text = new SourceText('recipe.yaml', RECIPE.replace('plain: text', 'plain text'));
  text.recordLater(() => parseYaml(text));
  const { line, column } = text.problem(text.find(['stages', 'parts', 'from'], 'value'), { message: '' });
  assert.deepEqual([line, column], [24, 11]);
});
