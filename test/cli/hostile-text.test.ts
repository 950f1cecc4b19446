import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '@lydell/node-pty';
import { loadPipeline } from '../../src/pipeline/recipe/load-pipeline.js';
import { resolveRecipe } from '../../src/pipeline/recipe/resolved.js';
import { hasUnseen } from '../../src/terminal/terminal-text.js';
import { tinyWav } from '../support/audio-files.js';
import { Project } from '../support/project.js';

/**
 * Sets the window title, clears the screen, colours, moves the cursor (7 and 8 bits), rings the bell, hides
 * text, reverses its direction.
 */
const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\u001b[41m\u009b5A\u0007\b\u202egpj\u2066';
/** What must never be printed; our own codes are different. */
const FORBIDDEN = ['\u001b]', '\u001b[2J', '\u001b[41m', '\u0007', '\b', '\u009b', '\u202e', '\u2066'];

const json = JSON.stringify(HOSTILE);

const STAGE = `
export default {
  name: ${json},
  description: ${json},
  schema: { type: 'object', additionalProperties: false, properties: { value: {}, fail: { type: 'boolean', default: false } } },
  inputs: { dataset: { kind: 'dataset' } },
  output: 'report',
  async run({ params, log, progress }) {
    log('warning', ${json});
    console.log(${json});
    progress({ done: 1, total: 2, unit: ${json}, phase: ${json} });
    if (params.fail) throw new Error(${json});
    const metrics = { [${json}]: { accuracy: 0.5, ['x_' + ${json}]: 1 } };
    return { artifact: { kind: 'report', metrics, files: {} }, summary: ${json} };
  },
};
`;

function recipe(fail = false): string {
  return `name: ${json}
description: ${json}
params: { value: ${json} }
stages:
  clips: { uses: load, with: { path: clips } }
  scores: { uses: ./stages/hostile.js, from: clips, with: { value: "\${{ params.value }}", fail: ${fail} } }
`;
}

const project = new Project();
project.write('package.json', '{"type": "module"}');
project.write('stages/hostile.js', STAGE);
for (const label of ['a', `b${HOSTILE}`])
  for (const clip of [1, 2]) project.write(`clips/${label}/${clip}${HOSTILE}.wav`, tinyWav(clip));
project.write('recipe.yaml', recipe());
project.write('fails.yaml', recipe(true));
project.write(`odd${HOSTILE}.yaml`, recipe());
project.write('wrong.yaml', `${recipe()}  more: { uses: ${json}, with: { ${json}: 1 } }\n`);
project.write('text.yaml', `${HOSTILE}\n`);

const CLI = new URL('../../dist/src/cli/command-line.js', import.meta.url).href;

/** Runs all commands in turn in one process on a terminal; resolves with what each wrote to it. */
async function onTerminal(commands: string[][], env: Record<string, string> = {}): Promise<string> {
  const driver = `
    process.setMaxListeners(0);
    const { runCommandLine } = await import(${JSON.stringify(CLI)});
    for (const args of JSON.parse(process.argv[2])) await runCommandLine(args);
    console.log(${json}, 'the end');`;
  project.write('drive.mjs', driver);
  const all: Record<string, string | undefined> = { ...process.env, ...project.env, ...env };
  for (const name of ['CI', 'NO_COLOR', 'NODE_TEST_CONTEXT', 'ETUDE_CACHE_DIR', 'NODE_ENV']) delete all[name];
  const child = spawn(process.execPath, [project.path('drive.mjs'), JSON.stringify(commands)], {
    cols: 100,
    rows: 30,
    cwd: project.dir,
    env: all as Record<string, string>,
  });
  let output = '';
  child.onData((data) => (output += data));
  await new Promise((resolve) => child.onExit(resolve));
  return output;
}

test('no text from outside can control the terminal, whichever command prints it', async () => {
  const output = await onTerminal([
    ['check', 'recipe.yaml', `odd${HOSTILE}.yaml`, 'wrong.yaml', 'text.yaml', `${HOSTILE}.yaml`],
    ['plan', 'recipe.yaml'],
    ['run', 'recipe.yaml', '--progress', 'tty'],
    ['run', `odd${HOSTILE}.yaml`, '--progress', 'plain', '--set', `params.value=${HOSTILE}`],
    ['run', 'fails.yaml', '--progress', 'tty'],
    ['run', 'fails.yaml', '--progress', 'quiet'],
    ['run', 'recipe.yaml', '--progress', 'json', '--force'],
    ['run', 'recipe.yaml', '--print-recipe'],
    ['show', 'recipe.yaml', 'clips'],
    ['show', 'recipe.yaml', 'clips', '--json'],
    ['show', 'recipe.yaml', 'scores'],
    ['show', 'recipe.yaml', HOSTILE],
    ['runs'],
    ['diff', 'recipe.yaml', 'fails.yaml'],
    ['explain', 'fails.yaml', 'scores'],
    ['graph', 'recipe.yaml'],
    ['graph', 'recipe.yaml', '--format', 'mermaid'],
    ['bundle', 'recipe.yaml', '--output', `b${HOSTILE}.tar`],
    ['bundle', `odd${HOSTILE}.yaml`],
    ['init', `new${HOSTILE}`, '--data', 'clips', '--yes'],
    ['predict', `model${HOSTILE}`, `clips/${HOSTILE}.wav`],
    ['export', 'dataset', 'recipe.yaml', 'clips', '--output', `out${HOSTILE}`],
    [HOSTILE],
    ['run', `--${HOSTILE}`],
    ['help', HOSTILE],
    ['gc', '--max-size', HOSTILE],
  ]);
  assert.match(output, /the end/);
  assert.doesNotMatch(output, /a bug in Etude/);
  for (const code of FORBIDDEN) {
    const at = output.indexOf(code);
    assert.equal(at < 0 ? '' : JSON.stringify(output.slice(Math.max(0, at - 200), at + 80)), '');
  }
  for (const own of ['\u001b[32m', '\u001b[?25l']) assert.ok(output.includes(own));
});

test('a resolved recipe resolves to itself when it is read back', async () => {
  const resolved = async (name: string) => {
    const loaded = await loadPipeline(project.path(name));
    if ('problems' in loaded) throw new Error(loaded.problems[0]?.message);
    return resolveRecipe(loaded.pipeline);
  };
  const text = await resolved('recipe.yaml');
  assert.equal(hasUnseen(text), false);
  assert.match(text, /\\u202e/);
  project.write('resolved.yaml', text);
  assert.equal(await resolved('resolved.yaml'), text);
});
