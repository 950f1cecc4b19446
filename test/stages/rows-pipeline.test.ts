import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project } from '../support/project.js';

const table = (rows: readonly (readonly [string, string])[]) =>
  `text,intent\n${rows.map((row) => row.join(',')).join('\n')}\n`;
const MINE = [
  ['a', 'pay'],
  ['b', 'balance'],
  ['c', 'freeze'],
  ['d', 'pay'],
] as const;

const RECIPE = `name: rows
stages:
  mine: { uses: load, with: { path: mine.csv } }
  more: { uses: load, with: { path: more.csv } }
  both: { uses: concatenate, from: [mine, more] }
  classes: { uses: cast-column, from: both, with: { column: intent, type: ClassLabel } }
  topics:
    uses: relabel
    from: classes
    with: { column: intent, classes: { money: [pay, balance] }, drop: [spam] }
  mixed: { uses: shuffle, from: topics, with: { seed: 7 } }
  some: { uses: filter, from: mixed, with: { where: text != "a" } }
  few: { uses: select, from: some, with: { take: 3 } }
`;

test('rows go through the stages in one recipe, and only what a new row affects runs again', async () => {
  const project = new Project({
    'recipe.yaml': RECIPE,
    'mine.csv': table(MINE),
    'more.csv': table([
      ['e', 'spam'],
      ['f', 'pay'],
    ]),
  });
  const ran = await project.run();
  assert.equal(ran.stages.both?.summary, 'train 4 + 2 = 6');
  assert.equal(ran.stages.classes?.summary, 'intent string → ClassLabel(4)');
  assert.equal(ran.stages.topics?.summary, '4 → 2 classes, 1 row dropped (train 1)');
  assert.equal(ran.stages.few?.summary, 'train 3 of 4');
  const planned = async (set: string[] = []) => {
    const { stages } = await (await project.open({ set })).plan();
    return stages.filter(({ type }) => type !== 'hit').map(({ stage }) => stage.id);
  };
  assert.deepEqual(await planned(), []);
  project.edit('recipe.yaml', '[mine, more]', '[more, mine]');
  assert.equal((await planned())[0], 'both', 'the order of the inputs counts');
});

test('mistakes are found before anything runs, also where classes are not known yet', async () => {
  const project = new Project({
    'recipe.yaml': `name: rows
stages:
  mine: { uses: load, with: { path: mine.csv } }
  more: { uses: load, with: { path: more.csv } }
  both: { uses: concatenate, from: [mine, more] }
  classes: { uses: cast-column, from: mine, with: { column: intent, type: ClassLabel } }
  topics: { uses: relabel, from: classes, with: { column: intent, drop: [spam] } }
  few: { uses: select, from: topics, with: { indices: [1, 4], split: train } }
  mixed: { uses: shuffle, from: topics, with: { split: tran } }
`,
    'mine.csv': table(MINE),
    'more.csv': 'text,intent\n1,spam\n',
  });
  const problems = await project.open().then(
    () => [],
    (error) => error.problems,
  );
  assert.deepEqual(
    problems.map(({ line, column, message }: Record<string, unknown>) => [line, column, message]),
    [
      [5, 3, "column 'text' has different types in inputs 1 and 2"],
      [9, 56, "no split 'tran' in the dataset"],
    ],
  );
});

test('a mistake in a condition is shown at its characters, however the recipe writes it', async () => {
  const recipe = (where: string) => `name: rows
params: { where: txt == 1 }
stages:
  mine: { uses: load, with: { path: mine.csv } }
  some:
    uses: filter
    from: mine
    with:
      where: ${where}
`;
  const positions = async (where: string) => {
    const project = new Project({ 'recipe.yaml': recipe(where), 'mine.csv': table(MINE) });
    const problems = await project.open().then(
      () => [],
      (error) => error.problems,
    );
    assert.equal(problems.length, 1, where);
    const [{ line, column, endColumn }] = problems;
    return [line, column, endColumn];
  };
  assert.deepEqual(await positions(`intent == 'pay' || txt == 'a'`), [9, 33, 36]);
  assert.deepEqual(await positions(`"text == 'é' && txt == 'a'"`), [9, 30, 33]);
  assert.deepEqual(await positions(`|\n        text == 'a'\n        || txt == 'b'`), [11, 12, 15]);
  assert.deepEqual((await positions(`text == 'a' ||`)).slice(0, 2), [9, 28]);
  // Elsewhere, it is shown as a whole.
  assert.deepEqual(await positions('$' + '{{ params.where }}'), [9, 14, 33]);
});
