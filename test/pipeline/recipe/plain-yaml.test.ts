import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseYaml } from '../../../src/pipeline/recipe/parse-yaml.js';
import { plainYaml } from '../../../src/pipeline/recipe/plain-yaml.js';
import { SourceText } from '../../../src/pipeline/recipe/source.js';
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

/** What the full parser refuses is never plain. */
const whole = (text: string): Json | undefined => {
  const parsed = parseYaml(new SourceText('recipe.yaml', text));
  return 'value' in parsed ? parsed.value : undefined;
};

function assertSame(text: string): void {
  const value = plainYaml(text);
  if (value === undefined) return;
  assert.deepEqual(value, whole(text), text);
  assert.equal(JSON.stringify(value), JSON.stringify(whole(text)), `order of ${text}`);
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

test('however a plain recipe is edited, it is read the same way or left to the full parser', () => {
  const plain = RECIPE.replace('plain: text', 'plain text');
  const letters = [
    ...['{', '}', '[', ']', ':', ': ', ' :', ',', ', ', '"', "'", '\t', '\n', '\r\n', ' ', '  ', '\n  '],
    ...['-', '- ', '--', '? ', '&p ', '*p', '<<: ', '!!set ', '$', '${{', '}}', '#', ' #', '|', '>', '%'],
    ...['@', '=', '0', '.', '+', '0o7', '0x1F', '1e999', '1_000', '.inf', 'null', 'Null', 'True', 'yes'],
    ...['---\n', '...\n', 'é', '\u0085', '\u2028', '\ufdd0', '\ufeff', '__proto__', 'a: 1', 'a: 1\n'],
  ];
  const edit = fc.record({
    at: fc.nat(plain.length),
    remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(8)),
    insert: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...letters) },
      fc.string({ maxLength: 3 }),
      // Moves a piece of the recipe elsewhere.
      fc.tuple(fc.nat(plain.length), fc.nat(12)).map(([at, length]) => plain.slice(at, at + length)),
    ),
  });
  let read = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
      const text = edits.reduce(
        (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
        plain,
      );
      if (plainYaml(text) !== undefined) read += 1;
      assertSame(text);
    }),
    { numRuns: Number(process.env.ETUDE_TEST_RUNS ?? 400), seed: 1 },
  );
  assert.ok(read > 50, `${read} of the edited recipes were plain`);
});

test('mistakes in a plain recipe have positions', () => {
  const text = new SourceText('recipe.yaml', RECIPE.replace('plain: text', 'plain text'));
  text.recordLater(() => parseYaml(text));
  const { line, column } = text.problem(text.find(['stages', 'parts', 'from'], 'value'), { message: '' });
  assert.deepEqual([line, column], [24, 11]);
});
