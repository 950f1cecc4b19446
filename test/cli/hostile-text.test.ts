import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '@lydell/node-pty';
import { loadPipeline } from '../../src/pipeline/recipe/load-pipeline.js';
import { resolveRecipe } from '../../src/pipeline/recipe/resolve-recipe.js';
import { hasUnseen } from '../../src/terminal/terminal-text.js';
import { tinyWav } from '../support/audio-files.js';
import { Project } from '../support/project.js';

/**
 * Sets the window title, clears the screen, colours, moves the cursor (7 and 8 bits), rings the bell, hides
 * text, reverses its direction.
 */
const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\u001b[41m\u009b5A\u0007\b\u202egpj\u2066';
/** What we write ourselves: the colours of picocolors, and what moves, erases and hides. */
const ESC = '\u001b';
const OWN = new RegExp(`${ESC}\\[((0|1|2|22|3[1-6]|39|90)m|2K|[01]?K|1A|G|\\?25[hl]|\\?2026[hl])`, 'g');
/** What must never be printed otherwise: controls of 7 and 8 bits, and invisible marks, of direction too. */
const FORBIDDEN = /[^\P{Cc}\n\r\t]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

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

/** Columns, values, cells of a matrix and a module's path. */
const WIDE = `name: ${json}
params: { value: x }
matrix: { value: [${json}, "2${json.slice(1)}] }
stages:
  rows: { uses: load, with: { path: tables, label_column_name: ${json} } }
  renamed: { uses: rename, from: rows, with: { columns: { ${json}: ${JSON.stringify(`new${HOSTILE}`)} } } }
  scores:
    uses: ${JSON.stringify(`./stages/odd${HOSTILE}.js`)}
    from: renamed
    with: { value: "\${{ params.value }}" }
`;

/** Mistakes in everything that a recipe names. */
const WRONG = `name: wrong
params: { ${json}: 1 }
matrix: { ${json}: [${json}], value: ${json} }
stages:
  ${json}: { uses: load, with: { path: tables, split: ${json}, columns: [${json}] } }
  rows: { uses: load, with: { path: tables, split: ${json}, columns: [${json}] } }
  parts: { uses: split, from: ${json}, with: { test_size: ${json}, ${json}: 1 } }
  own: { uses: ${JSON.stringify(`./${HOSTILE}.js`)}, from: { ${json}: parts } }
  renamed: { uses: rename, from: rows, with: { columns: { ${json}: "\${{ params.${json.slice(1, -1)} }}" } } }
`;

const project = new Project();
project.write('package.json', '{"type": "module"}');
project.write('stages/hostile.js', STAGE);
for (const label of ['a', `b${HOSTILE}`])
  for (const clip of [1, 2]) project.write(`clips/${label}/${clip}${HOSTILE}.wav`, tinyWav(clip));
project.write('recipe.yaml', recipe());
project.write('fails.yaml', recipe(true));
project.write(`odd${HOSTILE}.yaml`, recipe());
project.write('wrong.yaml', `${recipe()}  more: { uses: ${json}, with: { ${json}: 1 } }\n`);
project.write(`stages/odd${HOSTILE}.js`, STAGE);
const table = `words,${HOSTILE}\na${HOSTILE},x${HOSTILE}\nb,y\n`;
project.write('tables/train.csv', table);
project.write('tables/test.csv', table);
project.write('wide.yaml', WIDE);
project.write('wrong-names.yaml', WRONG);
project.write(`bad${HOSTILE}.csv`, `words,${HOSTILE}\na,b,${HOSTILE}\n${HOSTILE}\n`);
project.write(`bad${HOSTILE}.jsonl`, `${HOSTILE}\n`);
for (const type of ['csv', 'jsonl']) {
  const path = JSON.stringify(`bad${HOSTILE}.${type}`);
  project.write(`bad-${type}.yaml`, `name: bad\nstages:\n  rows: { uses: load, with: { path: ${path} } }\n`);
}
project.write('text.yaml', `${HOSTILE}\n`);

const CLI = new URL('../../dist/src/cli/command-line.js', import.meta.url).href;

/** Runs all commands in turn in one process on a terminal; resolves with what each wrote to it. */
async function onTerminal(commands: string[][], env: Record<string, string> = {}): Promise<string> {
  const driver = `
    process.setMaxListeners(0);
    const { runCommandLine } = await import(${JSON.stringify(CLI)});
    for (const args of JSON.parse(process.argv[2])) await runCommandLine(args);
    console.log(${json}, 'the end');
    process.stdin.once('data', () => process.exit(0));`;
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
  child.onData((data) => {
    output += data;
    // A terminal may lose what its process writes last, if that ends before it is read.
    if (output.includes('the end')) child.write('\r');
  });
  const ended = await new Promise((resolve) => child.onExit(resolve));
  assert.deepEqual(ended, { exitCode: 0, signal: 0 }, output.slice(-2000));
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
    ['check', 'wide.yaml', 'wrong-names.yaml', 'bad-csv.yaml'],
    ['plan', 'wide.yaml'],
    ['run', 'wide.yaml', '--progress', 'plain'],
    ['run', 'wide.yaml', '--progress', 'tty', '--force'],
    ['run', 'wide.yaml', '--set', `${HOSTILE}=1`],
    ['run', 'wide.yaml', HOSTILE],
    ['run', 'bad-csv.yaml', '--progress', 'plain'],
    ['run', 'bad-jsonl.yaml', '--progress', 'plain'],
    ['show', 'wide.yaml'],
    ['show', 'wide.yaml', 'rows'],
    ['show', 'wide.yaml', 'renamed'],
    ['explain', 'wide.yaml', 'renamed'],
    ['diff', 'wide.yaml', 'recipe.yaml'],
    ['diff', 'wide.lock', `${HOSTILE}.lock`],
    ['runs', 'wide.yaml'],
    ['gc', 'wide.yaml', '--dry-run', '--max-size', '0'],
    ['bundle', 'wide.yaml', '--output', 'wide.tar'],
    ['init', `more${HOSTILE}`, '--data', 'tables', '--label', HOSTILE, '--yes'],
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
  assert.match(output.replaceAll(OWN, ''), /scores +2 run +forced/, 'the matrix ran');
  assert.doesNotMatch(output, /a bug in Etude/);
  const foreign = output.replaceAll(OWN, '');
  const at = foreign.search(FORBIDDEN);
  assert.equal(at < 0 ? '' : JSON.stringify(foreign.slice(Math.max(0, at - 200), at + 80)), '');
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
