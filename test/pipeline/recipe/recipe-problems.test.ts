import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../support/recipe-folder.js';

const STAGE = 'stages:\n  s:\n    uses: ./stages/source.js\n';
const TYPE = "of stage type './stages/source.js'";
const LEARN = '  m:\n    uses: ./stages/learn.js\n    from: s\n';
const RENAME = '    with: { columns: { path: p } }\n';

const CASES: [what: string, recipe: string, expected: string[]][] = [
  // The recipe's own keys.
  ['a list in place of the recipe', '- a\n', ['1:1 wrong value for the recipe: expected map, got list of 1']],
  [
    'a text in place of the recipe',
    'hello\n',
    ["1:1 wrong value for the recipe: expected map, got string 'hello'"],
  ],
  ['an unknown key', `nam: x\n${STAGE}`, ["1:1 unknown key 'nam' of the recipe: did you mean 'name'?"]],
  [
    'an unknown key of a stage',
    `${STAGE}    wiht: {}\n`,
    ["4:5 unknown key 'wiht' of stage 's': did you mean 'with'?"],
  ],
  [
    "an unknown key of a stage's resources",
    `${STAGE}    resources: { shard: 2 }\n`,
    ["4:18 unknown key 'shard' of key 'resources' of stage 's': did you mean 'shards'?"],
  ],
  [
    'a misspelt key once, not again as missing',
    STAGE.replace('stages', 'stage'),
    ["1:1 unknown key 'stage' of the recipe: did you mean 'stages'?"],
  ],
  ['missing stages', 'name: x\n', ["1:1 missing key 'stages' of the recipe"]],
  [
    'no stage at all',
    'stages: {}\n',
    ["1:9 wrong value for key 'stages': expected at least 1 entry, got empty map"],
  ],
  ['stages without content', 'stages:\n', ["1:1 wrong value for key 'stages': expected map, got null"]],
  ['a stage without content', 'stages:\n  s:\n', ["2:3 wrong value for stage 's': expected map, got null"]],
  ['a stage without a type', 'stages:\n  s:\n    with: {}\n', ["2:3 missing key 'uses' of stage 's'"]],
  [
    'a number as the type',
    'stages:\n  s:\n    uses: 3\n',
    ["3:11 wrong value for key 'uses' of stage 's': expected string, got number 3"],
  ],
  [
    'a bad stage id',
    'stages:\n  S 1:\n    uses: ./stages/source.js\n',
    ["2:3 bad name 'S 1': expected lower-case letters, digits, - and _, starting with a letter"],
  ],
  [
    'a bad name in params',
    `params:\n  1x: 2\n${STAGE}`,
    ["2:3 bad name '1x': expected letters, digits, - and _, not starting with a digit"],
  ],
  [
    'a list in from, and no missing input after it',
    `${STAGE}  r:\n    uses: rename\n    from: [s]\n${RENAME}`,
    ["6:11 stage type 'rename' takes no list of inputs: expected a stage, got list of 1"],
  ],
  [
    'a list in with, and no missing parameter after it',
    `${STAGE}  r:\n    uses: rename\n    from: s\n    with: [columns]\n`,
    ["7:11 wrong value for key 'with' of stage 'r': expected map, got list of 1"],
  ],
  // Parameters.
  [
    'an unknown parameter',
    `${STAGE}    with: { rat: 1 }\n`,
    [`4:13 unknown parameter 'rat' ${TYPE}: did you mean 'rate'?`],
  ],
  [
    'a wrong type',
    `${STAGE}    with: { rate: fast }\n`,
    [`4:19 wrong value for parameter 'rate' ${TYPE}: expected number, got string 'fast'`],
  ],
  [
    'a number below the minimum',
    `${STAGE}    with: { count: -1 }\n`,
    [`4:20 wrong value for parameter 'count' ${TYPE}: expected integer >= 0, got -1`],
  ],
  [
    'a number at an excluded limit',
    `${STAGE}    with: { rate: 0 }\n`,
    [`4:19 wrong value for parameter 'rate' ${TYPE}: expected number > 0, got 0`],
  ],
  [
    'a fraction for an integer',
    `${STAGE}    with: { count: 1.5 }\n`,
    [`4:20 wrong value for parameter 'count' ${TYPE}: expected integer, got number 1.5`],
  ],
  [
    'a word that is no choice',
    `${STAGE}    with: { mode: epochs }\n`,
    [
      `4:19 wrong value for parameter 'mode' ${TYPE}: expected one of no, steps, epoch, got 'epochs', did you mean 'epoch'?`,
    ],
  ],
  [
    'a number for a choice',
    `${STAGE}    with: { mode: 3 }\n`,
    [`4:19 wrong value for parameter 'mode' ${TYPE}: expected one of no, steps, epoch, got number 3`],
  ],
  [
    'a value of neither kind',
    `${STAGE}    with: { names: 3 }\n`,
    [`4:20 wrong value for parameter 'names' ${TYPE}: expected string or list of strings, got number 3`],
  ],
  [
    'a wrong item of a list',
    `${STAGE}    with: { names: [a, 2] }\n`,
    [`4:24 wrong value for parameter 'names.1' ${TYPE}: expected string, got number 2`],
  ],
  [
    'an empty list',
    `${STAGE}    with: { names: [] }\n`,
    [`4:20 wrong value for parameter 'names' ${TYPE}: expected at least 1 item, got empty list`],
  ],
  [
    'an item twice',
    `${STAGE}    with: { names: [a, b, a] }\n`,
    [`4:27 wrong value for parameter 'names' ${TYPE}: expected no duplicate items, got string 'a'`],
  ],
  [
    'an empty text',
    `${STAGE}    with: { text: "" }\n`,
    [`4:19 wrong value for parameter 'text' ${TYPE}: expected at least 1 character, got string ''`],
  ],
  [
    'a wrong value in a map',
    `${STAGE}    with: { labels: { a: 1 } }\n`,
    [`4:26 wrong value for parameter 'labels.a' ${TYPE}: expected string, got number 1`],
  ],
  [
    'a wrong value under a key of digits',
    `${STAGE}    with: { labels: { a: x, 7: 1 } }\n`,
    [`4:32 wrong value for parameter 'labels.7' ${TYPE}: expected string, got number 1`],
  ],
  [
    'a missing parameter',
    `${STAGE}  r:\n    uses: remove-columns\n    from: s\n`,
    ["4:3 missing parameter 'columns' of stage type 'remove-columns'"],
  ],
  [
    'a missing parameter in with',
    `${STAGE}  r:\n    uses: remove-columns\n    from: s\n    with: {}\n`,
    ["7:5 missing parameter 'columns' of stage type 'remove-columns'"],
  ],
  [
    'a misspelt parameter once, not again as missing',
    `${STAGE}  r:\n    uses: remove-columns\n    from: s\n    with: { colums: [path] }\n`,
    ["7:13 unknown parameter 'colums' of stage type 'remove-columns': did you mean 'columns'?"],
  ],
  [
    'a merged key where it is written',
    `params:\n  base: &base { count: 1, rat: 2 }\n${STAGE}    with:\n      <<: *base\n`,
    [`2:27 unknown parameter 'rat' ${TYPE}: did you mean 'rate'?`],
  ],
  // Stage types and connections.
  [
    'an unknown stage type, and nothing of its parameters',
    `${STAGE}  r:\n    uses: remove-column\n    from: s\n    with: { what: 1 }\n`,
    ["5:11 unknown stage type 'remove-column': did you mean 'remove-columns'?"],
  ],
  [
    'a module without ./',
    'stages:\n  s:\n    uses: stages/source.js\n',
    ["3:11 unknown stage type 'stages/source.js': did you mean './stages/source.js'?"],
  ],
  [
    'an unknown stage',
    `${STAGE}  features:\n    uses: rename\n    from: s\n${RENAME}  r:\n    uses: rename\n    from: feature\n${RENAME}`,
    ["10:11 unknown stage 'feature': did you mean 'features'?"],
  ],
  [
    'a model where a dataset is needed',
    `${STAGE}${LEARN}  r:\n    uses: rename\n    from: m\n${RENAME}`,
    [
      "9:11 wrong kind for input 'dataset' of stage type 'rename': expected dataset, got model from stage 'm', did you mean 's'?",
    ],
  ],
  [
    'names of the recipe for several datasets, one of them a misspelled input',
    `${STAGE}${LEARN}  e:\n    uses: evaluate\n    from: { modle: m, voices: s, a/b: s, more: q }\n`,
    [
      "9:13 unknown input 'modle' of stage type 'evaluate': did you mean 'model'?",
      "9:34 unknown input 'a/b' of stage type 'evaluate': expected letters, digits, - and _, not starting with a digit",
      "9:48 unknown stage 'q': expected one of s, m",
    ],
  ],
  [
    'two inputs that are swapped',
    `${STAGE}${LEARN}  e:\n    uses: ./stages/score.js\n    from: { model: s, dataset: m }\n    with: { x: 1 }\n`,
    [
      "9:20 wrong kind for input 'model' of stage type './stages/score.js': expected model, got dataset from stage 's', did you mean 'm'?",
      "9:32 wrong kind for input 'dataset' of stage type './stages/score.js': expected dataset, got model from stage 'm', did you mean 's'?",
    ],
  ],
  [
    'a missing from',
    `${STAGE}  r:\n    uses: rename\n${RENAME}`,
    ["4:3 missing input 'dataset' of stage type 'rename': expected a stage that produces a dataset"],
  ],
  [
    'a missing second input',
    `${STAGE}${LEARN}  e:\n    uses: ./stages/score.js\n    from: m\n    with: { x: 1 }\n`,
    [
      "9:5 missing input 'dataset' of stage type './stages/score.js': expected a stage that produces a dataset",
    ],
  ],
  [
    'an unknown input, not again as missing',
    `${STAGE}  m:\n    uses: ./stages/learn.js\n    from: { datasets: s }\n`,
    ["6:13 unknown input 'datasets' of stage type './stages/learn.js': did you mean 'dataset'?"],
  ],
  [
    'an input where none is taken',
    `${STAGE}  t:\n    uses: ./stages/source.js\n    from: s\n`,
    ["6:5 stage type './stages/source.js' takes no input: expected no `from`"],
  ],
  [
    'a map where a list of inputs is taken',
    `${STAGE}  c:\n    uses: concatenate\n    from: { a: s }\n`,
    ["6:11 stage type 'concatenate' takes a list of inputs: expected [stage, stage, …]"],
  ],
  [
    'an unknown stage and another kind in a list of inputs',
    `${STAGE}${LEARN}  c:\n    uses: concatenate\n    from: [s, q]\n  d:\n    uses: concatenate\n    from: [s, m]\n`,
    [
      "9:15 unknown stage 'q': expected one of s, m, d",
      "12:15 wrong kind for input '2' of stage type 'concatenate': expected dataset, got model from stage 'm'",
    ],
  ],
  [
    'a reference in a list of inputs, once',
    `${STAGE}  c:\n    uses: concatenate\n    from: [s, "\${{ params.x }}"]\n`,
    ['6:16 a reference is not allowed here: expected references in `params` and `with` only'],
  ],
  [
    'no inputs in place of a list',
    `${STAGE}  c: { uses: concatenate }\n`,
    [
      "4:3 missing inputs of stage type 'concatenate': expected stages that produce a dataset: [stage, stage, …]",
    ],
  ],
  [
    'a cycle with the way round, and not what hangs on it',
    `stages:\n  a:\n    uses: rename\n    from: c\n${RENAME}  b:\n    uses: rename\n    from: a\n${RENAME}  c:\n    uses: rename\n    from: b\n${RENAME}  d:\n    uses: rename\n    from: c\n${RENAME}`,
    ['4:11 the stages form a cycle: a → b → c → a'],
  ],
  [
    'a stage that feeds itself',
    `stages:\n  a:\n    uses: rename\n    from: a\n${RENAME}`,
    ['4:11 the stages form a cycle: a → a'],
  ],
  [
    'an unknown column in a list',
    `${STAGE}  r:\n    uses: remove-columns\n    from: s\n    with:\n      columns: [path, audo]\n`,
    ["8:23 no column 'audo' in the dataset: did you mean 'audio'?"],
  ],
  [
    'an unknown column as the key of a map',
    `${STAGE}  r:\n    uses: rename\n    from: s\n    with:\n      columns: { intnt: label }\n`,
    ["8:18 no column 'intnt' in the dataset: did you mean 'intent'?"],
  ],
  [
    'a column that a stage before has removed',
    `${STAGE}  r:\n    uses: remove-columns\n    from: s\n    with: { columns: [path] }\n  t:\n    uses: rename\n    from: r\n${RENAME}`,
    ["11:24 no column 'path' in the dataset: expected one of audio, intent"],
  ],
];

for (const [what, recipe, expected] of CASES) {
  test(`reports ${what}`, async () => {
    assert.deepEqual(await linesOf(recipe), expected);
  });
}

test('reports everything at once in the order of the file', async () => {
  const recipe = `nam: x
stages:
  s:
    uses: ./stages/source.js
    with:
      modes: no
      rate: fast
      count: -1
  r:
    uses: remove-column
    from: z
  t:
    uses: rename
    from: s
    with: { columns: 3 }
`;
  assert.deepEqual(await linesOf(recipe), [
    "1:1 unknown key 'nam' of the recipe: did you mean 'name'?",
    `6:7 unknown parameter 'modes' ${TYPE}: did you mean 'mode'?`,
    `7:13 wrong value for parameter 'rate' ${TYPE}: expected number, got string 'fast'`,
    `8:14 wrong value for parameter 'count' ${TYPE}: expected integer >= 0, got -1`,
    "10:11 unknown stage type 'remove-column': did you mean 'remove-columns'?",
    "11:11 unknown stage 'z': expected one of s, t",
    "15:22 wrong value for parameter 'columns' of stage type 'rename': expected map of strings, got number 3",
  ]);
});

test('lists the stage types if no name is similar', async () => {
  const [line] = await linesOf('stages:\n  s:\n    uses: zzzzzz\n');
  assert.match(
    line!,
    /^3:11 unknown stage type 'zzzzzz': expected one of .*remove-columns, rename, report, select.*, or a module of the project/,
  );
});

test('a misspelt choice is recognised where something else is possible, too', async () => {
  const model = '  m:\n    uses: train\n    from: s\n    with: { model: m, metrics: [acuracy] }\n';
  const advice = "ece or a module (./my-metric.js), got string 'acuracy', did you mean 'accuracy'?";
  assert.ok((await linesOf(`${STAGE}${model}`)).join('\n').includes(advice));
});
