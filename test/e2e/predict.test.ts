import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LabelScore } from '../../src/learning/predict/scores.js';
import { finish, type Result } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { TRAINING_RECIPE, tone, toneProject } from '../support/tone-project.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.cjs', import.meta.url));

let project: Project;
before(async () => {
  project = toneProject(16, TRAINING_RECIPE);
  const early = await project.etude('predict', 'recipe.yaml:model', 'clips');
  assert.equal(early.code, 1);
  assert.match(
    early.stderr,
    /stage 'model' has no result in the cache.*\n +Compute it with: etude run recipe\.yaml/,
  );
  const run = await project.run();
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  project.write('new/low.wav', tone(310, 0.25));
  project.write('new/deeper/high.wav', tone(1510, 0.25));
  project.write('new/notes.txt', 'no clip');
});

interface JsonLine {
  file: string;
  scores?: LabelScore[];
  error?: string;
}
const parse = ({ stdout }: Result) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);

/** Scores of `new/low.wav`. */
let ofLow: LabelScore[] | undefined;

test('a train stage and its model folder give the same predictions for files and folders', async () => {
  const result = await project.etude('predict', 'recipe.yaml:model', 'new', 'new/low.wav', '--json');
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stderr, '');
  const lines = parse(result);
  assert.deepEqual(
    lines.map(({ file }) => file),
    ['new/deeper/high.wav', 'new/low.wav', 'new/low.wav'],
  );
  assert.deepEqual(lines[1], lines[2]);
  ofLow = lines[1]!.scores;
  for (const { scores } of lines) {
    assert.deepEqual(scores!.map(({ label }) => label).sort(), ['high', 'low']);
    assert.ok(Math.abs(scores!.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-6);
    assert.ok(scores![0]!.score >= scores![1]!.score);
  }
  const folder = await project.etude('predict', '.etude/models/tones/model', 'new', 'new/low.wav', '--json');
  assert.equal(folder.stdout, result.stdout);
  // What one engine has trained, another one may use; and as the recipe trains only one model, no stage need
  // be named.
  const other = await project.etude('predict', 'recipe.yaml', 'new/low.wav', '--engine', 'cpu', '--json');
  assert.equal(other.code, 0, other.stderr);
  const [first] = parse(other);
  for (const { label, score } of lines[1]!.scores!)
    assert.ok(Math.abs(first!.scores!.find((each) => each.label === label)!.score - score) < 1e-5);
});

test('the top classes per clip are printed', async () => {
  const result = await project.etude('predict', 'recipe.yaml:model', 'new/low.wav', '-k', '1');
  assert.match(result.stdout, /^0\.\d{4} {2}(low|high) {2}new\/low\.wav\n$/);
  const both = await project.etude('predict', 'recipe.yaml:model', 'new/low.wav');
  assert.match(both.stdout, /^new\/low\.wav\n {2}0\.\d{4} {2}(low|high)\n {2}0\.\d{4} {2}(low|high)\n$/);
});

test('a clip is read from standard input', async () => {
  const child = spawn(process.execPath, [CLI, 'predict', 'recipe.yaml:model', '-', '--json'], {
    cwd: project.dir,
  });
  child.stdin.end(readFileSync(project.path('new/low.wav')));
  const [line] = parse(await finish(child));
  assert.deepEqual(line, { file: '-', scores: ofLow });
});

test('a broken clip is reported, one much longer than the training clips gives a warning, and the exit code is an error', async () => {
  project.write('broken.wav', 'RIFF');
  project.write('long.wav', tone(400, 2));
  const names = ['broken.wav', 'new/low.wav', 'gone.wav', 'long.wav'];
  const result = await project.etude('predict', 'recipe.yaml:model', ...names, '--json');
  assert.equal(result.code, 1);
  const lines = parse(result);
  assert.deepEqual(
    lines.map((line) => 'scores' in line),
    [false, true, false, true],
  );
  assert.match(lines[0]!.error!, /broken\.wav/);
  assert.match(lines[2]!.error!, /gone\.wav: no such file/);
  assert.match(result.stderr, /! broken\.wav.*! gone\.wav.*! 2 of 4 clips could not be classified/s);
  assert.match(
    result.stderr,
    /'long\.wav' is much longer \(2\.0s\) than the clips the model was trained on \(at most 0\.[23]s\)/,
  );
});

test('the warning of a long clip comes before it is computed; others are counted at the end', async () => {
  project.write('long.wav', tone(400, 2));
  project.write('longer.wav', tone(400, 3));
  const names = ['long.wav', 'gone.wav', 'new/low.wav', 'longer.wav'];
  const { stderr } = await project.etude('predict', 'recipe.yaml:model', ...names);
  const lines = stderr.split('\n').filter((line) => line.startsWith('!'));
  assert.deepEqual(
    lines.map(
      (line) =>
        /long\.wav|gone\.wav|2 clips were much longer than those \(up to 3\.0s\)|1 of 4/.exec(line)?.[0],
    ),
    ['long.wav', 'gone.wav', '2 clips were much longer than those (up to 3.0s)', '1 of 4'],
  );
  const cut = await project.etude('predict', 'recipe.yaml:model', 'long.wav', '--window-length', '0.25');
  assert.equal(cut.stderr, '');
});

test('what is not a model is recognized as such', async () => {
  const cases: [model: string, message: RegExp][] = [
    ['recipe.yaml:modle', /no stage 'modle'.*Did you mean 'model'/s],
    ['recipe.yaml:features', /stage 'features' produces no model/],
    ['checkpoint', /the checkpoint's classifier is incomplete/],
  ];
  const results = await Promise.all(cases.map(([model]) => project.etude('predict', model, 'new')));
  for (const [index, [model, message]] of cases.entries()) {
    assert.equal(results[index]!.code, 1, model);
    assert.match(results[index]!.stderr, message);
    assert.doesNotMatch(results[index]!.stderr, /^\s+at /m);
  }
  const none = await project.etude('predict', 'recipe.yaml:model');
  assert.equal(none.code, 2);
});
