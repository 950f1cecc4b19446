import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { builtFolder } from '../../src/engine/tensorflow/locate.js';
import { tempFolder } from '../support/temp-folder.js';

const script = fileURLToPath(new URL('../../scripts/build-tensorflow.mjs', import.meta.url));
const root = tempFolder('build');

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function build(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const options = { cwd: root, env: { ...process.env, XDG_DATA_HOME: join(root, 'data'), ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('it builds where the engine looks', async () => {
  const { stdout } = await build(['--help']);
  assert.ok(stdout.includes(`looks in ${builtFolder({ XDG_DATA_HOME: join(root, 'data') })} `), stdout);
});

test('a folder with unrelated contents is left alone', async () => {
  const folder = join(mkdtempSync(join(root, 'mine-')));
  writeFileSync(join(folder, 'thesis.txt'), 'precious');
  const { code, stderr } = await build([folder]);
  assert.equal(code, 1);
  assert.match(stderr, /^build-tensorflow: /);
  assert.deepEqual(readdirSync(folder), ['thesis.txt']);
});

test('a missing build requirement is reported before anything is fetched, and nothing is left behind', async () => {
  const wheel = join(root, 'other.whl');
  writeFileSync(wheel, 'not the wheel');
  const cases: [args: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
    [['--nonsense'], {}, /Unknown option/],
    [['one', 'two'], {}, /expected one folder/],
    [['--python', join(root, 'no-python')], {}, /no Python 3\.8/],
    [[], { CXX: join(root, 'no-compiler') }, /no C\+\+ compiler/],
    [['--wheel', join(root, 'none.whl')], {}, /no such file:/],
    [['--wheel', wheel], {}, /is not the expected wheel: sha256 [0-9a-f]{64} instead of 0b6d72bd/],
    [['--nodedir', root], {}, /no headers of Node\.js/],
  ];
  for (const [args, env, message] of cases) {
    const { code, stdout, stderr } = await build(['built', ...args], env);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^build-tensorflow: [^\n]+(\n {2}.*)*\n$/, 'no stack');
    // A machine may lack one of the other requirements, or not support builds at all: then the error says
    // that.
    if (!/compiler|no Python 3|such file|is not installed|no TensorFlow to build on|GB free/.test(stderr))
      assert.match(stderr, message);
    assert.equal(stdout, '', 'nothing was begun');
    assert.ok(!readdirSync(root).some((name) => name.startsWith('built')), 'nothing is left');
  }
});
