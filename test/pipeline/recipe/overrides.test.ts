import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, pipelineOf } from '../../support/recipe-folder.js';

const RECIPE = `params: { seed: 1 }
stages:
  s:
    uses: ./stages/source.js
    with: { names: [a, b] }
  t:
    uses: split
    from: s
    with: { test_size: 0.2, seed: $\{{ params.seed }} }
`;
const TYPE = "of stage type './stages/source.js'";

const stageWith = async (...set: string[]) => (await pipelineOf(RECIPE, set)).stages[0]!.with;

test('sets a parameter by its full path, also one that the recipe leaves out', async () => {
  assert.equal((await stageWith('stages.s.with.rate=1e-4')).rate, 1e-4);
  assert.equal(
    (await pipelineOf('stages:\n  s:\n    uses: ./stages/source.js\n', ['stages.s.with.rate=2'])).stages[0]!
      .with.rate,
    2,
  );
});

test('sets a parameter by its name alone if it occurs in one place', async () => {
  assert.equal((await stageWith('rate=3e-5')).rate, 3e-5);
  assert.equal((await pipelineOf(RECIPE, ['test_size=5'])).stages[1]!.with.test_size, 5);
});

test('reads the value as YAML', async () => {
  assert.deepEqual((await stageWith('names=[x, y]')).names, ['x', 'y']);
  assert.deepEqual((await stageWith('labels={ a: b }')).labels, { a: 'b' });
  assert.equal((await stageWith('text=a=b')).text, 'a=b');
  assert.equal((await stageWith('text="7"')).text, '7');
});

test('sets items of lists and maps inside a parameter', async () => {
  assert.deepEqual((await stageWith('stages.s.with.names.1=z', 'stages.s.with.names.2=y')).names, [
    'a',
    'z',
    'y',
  ]);
  assert.deepEqual((await stageWith('stages.s.with.labels.a=b')).labels, { a: 'b' });
});

test('sets what references name, and of two overrides uses the last', async () => {
  assert.equal((await pipelineOf(RECIPE, ['params.seed=2', 'params.seed=3'])).stages[1]!.with.seed, 3);
});

test('accepts a reference in an override', async () => {
  assert.equal((await stageWith(`count=$\{{ params.seed }}`)).count, 1);
});

test('reconnects a stage', async () => {
  const lines = await linesOf(RECIPE, ['stages.t.from=x']);
  assert.deepEqual(lines, ["--set:15 unknown stage 'x': expected one of s"]);
});

const BAD: [set: string, expected: string][] = [
  ['rate=fast', `--set:6 wrong value for parameter 'rate' ${TYPE}: expected number, got string 'fast'`],
  [
    'stages.s.with.mode=epochs',
    `--set:20 wrong value for parameter 'mode' ${TYPE}: expected one of no, steps, epoch, got 'epochs', did you mean 'epoch'?`,
  ],
  ['stages.s.with.rat=1', `--set:15 unknown parameter 'rat' ${TYPE}: did you mean 'rate'?`],
  ['stages.s.wiht.rate=1', "--set:10 unknown key 'wiht' of stage 's': did you mean 'with'?"],
  ['rat=1', "--set:1 no stage has a parameter 'rat': did you mean 'rate'?"],
  ['seed=2', "--set:1 'seed' is ambiguous: expected one of params.seed, stages.t.with.seed"],
  ['stages.z.with.rate=1', "--set:8 unknown stage 'z'"],
  [
    's.rate=1',
    "--set:1 unknown path 's.rate': expected stages.ID.with.NAME, params.NAME, matrix.NAME or NAME, did you mean 'stages.s.with.rate'?",
  ],
  ['params.sed=1', "--set:8 the recipe has no parameter 'sed' in `params`: did you mean 'seed'?"],
  ['rate', '--set:1 an override needs a path and a value: expected path=value'],
  ['=1', '--set:1 an override needs a path and a value: expected path=value'],
  ['stages..x=1', '--set:1 not a path: expected names separated by dots'],
  ['params.__proto__.x=1', '--set:1 not a path: expected names separated by dots'],
  ['stages.s.with.names.9=x', '--set:1 the path goes through a value that is neither a map nor a list'],
  ['stages.t.with.test_size.x=1', '--set:1 the path goes through a value that is neither a map nor a list'],
  ['names=[a', '--set:7 YAML syntax: this is never closed: expected ]'],
  ['text=*x', "--set:6 unknown alias '*x': expected an anchor '&x' before it"],
  [
    'params.seed=x',
    "9:35 wrong value for parameter 'seed' of stage type 'split': expected integer, got string 'x' from params.seed",
  ],
];

for (const [set, expected] of BAD) {
  test(`reports --set ${set}`, async () => {
    assert.deepEqual(await linesOf(RECIPE, [set]), [expected]);
  });
}

test('reports overrides after the problems of the file, in their order', async () => {
  const lines = await linesOf(`nam: x\n${RECIPE}`, ['zzzzz=1', 'rate=fast']);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['1:1', '--set:1', '--set:6'],
  );
});
