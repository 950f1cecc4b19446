import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '../../../src/pipeline/recipe/format-problem.js';
import { problemsOf } from '../../support/recipe-folder.js';

const RECIPE = `name: test # a comment
params: &p
  seed: 42
  share: 0.2
  names: [a, "b", 'c']
stages:
  start:
    uses: ./stages/source.js
    with: { count: 3, rate: 1e-4, names: $\{{ params.names }}, labels: { x: y } }
  parts:
    uses: split
    from: start
    with:
      <<: { shuffle: true }
      test_size: $\{{ params.share }}
      seed: $\{{ params.seed }}
  model:
    uses: ./stages/learn.js
    from: parts
  scores:
    uses: ./stages/score.js
    from: { model: model, dataset: parts }
    with:
      x: 1
`;

const LETTERS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  ',',
  '"',
  "'",
  '\t',
  '\n',
  '  ',
  '- ',
  '? ',
  '&p ',
  '*p',
  '<<: *p',
  '!!set ',
  '${{',
  '}}',
  '#',
  '|',
  '>',
  '%',
  '@',
  '0',
  '.inf',
  'null',
  '\u0000',
  '\ud800',
  '\ufdd0',
  '\u2028',
  '---\n',
  'params',
  'é',
  '__proto__: 1',
];

const edit = fc.record({
  at: fc.nat(RECIPE.length),
  remove: fc.nat(20),
  insert: fc.oneof(fc.constantFrom(...LETTERS), fc.string({ maxLength: 4 })),
});

async function assertReadable(recipe: string | Uint8Array, set: string[] = []): Promise<void> {
  const lines = Buffer.from(recipe).toString().split('\n').length;
  for (const problem of await problemsOf(recipe, set)) {
    assert.ok(problem.line >= 1 && problem.column >= 1 && problem.line <= lines, JSON.stringify(problem));
    assert.notEqual(problem.message, '');
    assert.doesNotMatch(await formatProblem(problem, { width: 40 }), /undefined|\[object|NaN|Infinity/);
  }
}

test('the recipe of these tests is valid', async () => {
  assert.deepEqual(await problemsOf(RECIPE), []);
});

test('any edit of a recipe gives a pipeline or problems with positions, never a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const text = edits.reduce(
        (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
        RECIPE,
      );
      await assertReadable(text);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('any flipped byte of a recipe gives a pipeline or problems with positions, never a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(RECIPE.length - 1), fc.nat(255), async (at, byte) => {
      const bytes = Buffer.from(RECIPE);
      bytes[at] = byte;
      await assertReadable(bytes);
    }),
    { numRuns: 80, seed: 2 },
  );
});

test('any override gives a pipeline or problems with positions, never a crash', async () => {
  const part = fc.constantFrom(
    'stages',
    'params',
    'start',
    'parts',
    'with',
    'from',
    'uses',
    'names',
    'seed',
    '0',
    '1',
    '',
    'constructor',
    'x y',
  );
  const value = fc.oneof(
    fc.constantFrom('1', '[1', '{a: b}', '*p', `$\{{ params.seed }}`, 'null', ''),
    fc.string({ maxLength: 6 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), value, async (path, text) => {
      await assertReadable(RECIPE, [`${path.join('.')}=${text}`]);
    }),
    { numRuns: 80, seed: 3 },
  );
});
