import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { statuses } from '../support/command-line.js';
import { Project } from '../support/project.js';

const EXAMPLE = 'examples/own-stage';
const project = new Project();
cpSync(EXAMPLE, project.dir, { recursive: true });
// As npm installs a package that is a folder.
mkdirSync(project.path('node_modules/@types'), { recursive: true });
symlinkSync(resolve('.'), project.path('node_modules/etude-audio'), 'junction');
symlinkSync(resolve('node_modules/@types/node'), project.path('node_modules/@types/node'), 'junction');

/** Mistakes that a stage's types catch: a line without an error would itself be an error. */
const MISTAKES = `
import { defineStage } from 'etude-audio/stage';
import type { StageType } from 'etude-audio/stage';

const stage = defineStage({
  name: 'mistakes',
  description: '',
  schema: { type: 'object', additionalProperties: false, properties: { rows: { type: 'integer', default: 1 } } },
  inputs: { dataset: { kind: 'dataset' }, model: { kind: 'model', optional: true } },
  output: 'dataset',
  outline({ inputs }) {
    // @ts-expect-error a model has no outline of columns
    inputs.model?.features;
    return inputs.dataset;
  },
  async run({ params, inputs }) {
    const rows: number = params.rows;
    // @ts-expect-error not a parameter
    params.row;
    // @ts-expect-error not text
    params.rows.trim();
    // @ts-expect-error a dataset has no labels
    inputs.dataset.labels;
    // @ts-expect-error an optional input may be missing
    inputs.model.labels;
    return { artifact: inputs.dataset, rowsComputed: rows };
  },
});
stage satisfies StageType<{ rows: number }>;
`;

test("an editor knows a stage type's parameters and inputs, in TypeScript and in JavaScript", () => {
  project.write('stages/mistakes.ts', MISTAKES);
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', project.dir], { encoding: 'utf8' });
});

test('the project runs; its stage is recomputed when its code changes, but not for a comment', async () => {
  const first = await project.etudeRun();
  assert.deepEqual(statuses(first), { clips: 'run', speech: 'run', trimmed: 'run' }, first.stderr);
  project.edit('stages/trim-silence.js', '// Before', '// Long before');
  assert.equal((await project.etudeRun()).stages.trimmed!.status, 'hit');
  project.edit('stages/trim-silence.js', 'first === -1', 'first < 0');
  assert.equal((await project.etudeRun()).stages.trimmed!.status, 'run');
});

test('a stage in TypeScript runs where Node.js strips types, and fails with a clear error elsewhere', async () => {
  const stripped = Boolean((process.features as { typescript?: unknown }).typescript);
  if (stripped) {
    const run = await project.etudeRun('typescript.yaml');
    assert.equal(run.stages.lengths!.status, 'run', run.stderr);
    // 0.15 s of tone with silent ends.
    assert.ok(Math.abs(run.finished.metrics.train_mean_seconds! - 0.15) < 0.001);
    assert.equal((await project.etudeRun('typescript.yaml')).stages.lengths!.status, 'hit');
  } else {
    const { code, stderr } = await project.etude('run', 'typescript.yaml');
    assert.notEqual(code, 0);
    assert.match(
      stderr,
      /typescript\.yaml:10:11 this Node\.js cannot run TypeScript, which '\.\/stages\/clip-lengths\.ts'/,
    );
    assert.match(stderr, /expected Node\.js 22\.18 or later/);
  }
});

test('docs/stages.md shows the stages of the example', () => {
  const page = readFileSync('docs/stages.md', 'utf8');
  for (const stage of ['trim-silence.js', 'clip-lengths.ts'])
    assert.ok(page.includes(readFileSync(`${EXAMPLE}/stages/${stage}`, 'utf8')), stage);
});
