import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { describeProblem, formatProblem } from '../../../src/pipeline/recipe/format-problem.js';
import { foldIndented } from '../../../src/terminal/line.js';
import { problemsOf } from '../../support/recipe-folder.js';

const STAGE = 'stages:\n  s:\n    uses: ./stages/source.js\n';

async function firstProblem(recipe: string, set: string[] = []) {
  const [problem] = await problemsOf(recipe, set);
  return { ...problem!, file: problem!.file === '--set' ? '--set' : 'recipe.yaml', source: problem!.source };
}

test('shows position, code frame and suggestion', async () => {
  const problem = await firstProblem(`${STAGE}    with: { rat: 3.0e-5 }\n`);
  assert.equal(
    await formatProblem(problem),
    `recipe.yaml:4:13 unknown parameter 'rat' of stage type './stages/source.js'
  3 |     uses: ./stages/source.js
> 4 |     with: { rat: 3.0e-5 }
    |             ^^^ did you mean 'rate'?`,
  );
});

test('shows what was expected and got', async () => {
  const problem = await firstProblem(`${STAGE}    with: { mode: epochs }\n`);
  const lines = (await formatProblem(problem)).split('\n');
  assert.equal(
    lines.at(-1),
    "    |                   ^^^^^^ expected one of no, steps, epoch, got 'epochs', did you mean 'epoch'?",
  );
});

test('shows the carets of an override right below it', async () => {
  const problem = await firstProblem(STAGE, ['rate=fast']);
  assert.equal(
    await formatProblem(problem),
    `--set rate=fast: wrong value for parameter 'rate' of stage type './stages/source.js'
           ^^^^ expected number, got string 'fast'`,
  );
});

test('says a problem on one line', async () => {
  const problem = await firstProblem(`${STAGE}    with: { rate: fast }\n`);
  assert.equal(
    describeProblem(problem),
    "recipe.yaml:4:19 wrong value for parameter 'rate' of stage type './stages/source.js': expected number, got string 'fast'",
  );
});

test('shortens long lines of code around the position', async () => {
  const problem = await firstProblem(
    `${STAGE}    with: { labels: { a: ${'x'.repeat(300)} }, rat: 1, names: [${'y, '.repeat(100)}z] }\n`,
  );
  const [, , code, carets] = (await formatProblem(problem, { width: 60 })).split('\n') as [
    string,
    string,
    string,
    string,
  ];
  assert.ok(code.length <= 60, code);
  assert.equal(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'rat');
});

test('colours only when requested, without changing the text', async () => {
  const problem = await firstProblem(`${STAGE}    with: { rat: 1 }\n`);
  const plain = await formatProblem(problem);
  const coloured = await formatProblem(problem, { color: true });
  assert.equal(stripVTControlCharacters(plain), plain);
  assert.notEqual(coloured, plain);
  assert.equal(stripVTControlCharacters(coloured), plain);
});

test('lets nothing in the recipe control the terminal', async () => {
  const problem = await firstProblem(`${STAGE}    with: { "\u009b31mrat": "\u202e" } # \u009b2J\n`);
  assert.doesNotMatch(await formatProblem(problem), /[\u009b\u202e]/);
});

test('leaves the source text out of JSON reports', async () => {
  const [problem] = await problemsOf(`${STAGE}    with: { rat: 1 }\n`);
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(problem))), [
    'file',
    'line',
    'column',
    'message',
    'endColumn',
    'suggestion',
  ]);
});

test('on a narrow terminal messages are folded, and advice is below its caret', async () => {
  const problem = await firstProblem(`${STAGE}    with: { mode: epochs }\n`);
  const lines = (await formatProblem(problem, { width: 40, fold: foldIndented })).split('\n');
  assert.deepEqual(lines.slice(0, 2), ['recipe.yaml:4:19 wrong value for', "parameter 'mode' of stage type"]);
  assert.ok(lines.every((line) => line.length <= 40));
  assert.match(
    lines.slice(-4).join('\n'),
    /\^{6}\n {4}\| expected one of no, steps, epoch,\n {4}\| got 'epochs', did you mean\n {4}\| 'epoch'\?$/,
  );
});

test('a hint is separate from what was expected and what was found', async () => {
  const problem = await firstProblem(`${STAGE}    with: { mode: epochs }\n`);
  const unreachable = {
    ...problem,
    source: problem.source,
    message: 'huggingface.co cannot be reached',
    expected: undefined,
    got: 'no such host (ENOTFOUND)',
    suggestion: undefined,
    hint: 'Check the connection. With HF_HUB_OFFLINE=1, only the cache is used.',
  };
  const lines = (await formatProblem(unreachable)).split('\n');
  assert.match(lines.at(-2)!, /\^ got no such host \(ENOTFOUND\)$/);
  assert.equal(lines.at(-1), `  ${unreachable.hint}`);
  assert.match(describeProblem(unreachable), /cannot be reached: got no such host \(ENOTFOUND\)\. Check the/);
});

test('messages and hints of several lines keep them, but a name adds none', async () => {
  const problem = await firstProblem(`${STAGE}    with: { mode: epochs }\n`);
  const message = "2 clips cannot be used:\n  row 0: missing\n  row 1: 'a\nb'";
  const several = { ...problem, source: problem.source, message, hint: 'Allow it.\n  Or remove it.' };
  const lines = (await formatProblem(several)).split('\n');
  const head = ['recipe.yaml:4:19 2 clips cannot be used:', '  row 0: missing', "  row 1: 'a\ufffdb'"];
  assert.deepEqual(lines.slice(0, 3), head);
  assert.deepEqual(lines.slice(-2), ['  Allow it.', '  Or remove it.']);
  assert.match(
    describeProblem(several),
    /used: row 0: missing row 1: 'a\ufffdb': .*Allow it\. Or remove it\.$/,
  );
});
