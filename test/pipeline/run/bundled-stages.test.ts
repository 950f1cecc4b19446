import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NO_MEMO } from '../../../src/pipeline/cache/stat-memo.js';
import { Project } from '../../support/project.js';
import { tempFolder } from '../../support/temp-folder.js';
import { TRAINING_RECIPE, toneProject } from '../../support/tone-project.js';

const DIST = new URL('../../../dist/', import.meta.url);
const built = (path: string) => import(new URL(`src/${path}`, DIST).href);
const { bundledCodes, isBundled }: typeof import('../../../src/pipeline/run/bundled-stages.js') = await built(
  'pipeline/run/bundled-stages.js',
);
const { builtInStageTypes, findBuiltIn }: typeof import('../../../src/stage/find-stage-type.js') =
  await built('stage/find-stage-type.js');
const { codeClosure }: typeof import('../../../src/pipeline/plan/code/code-closure.js') = await built(
  'pipeline/plan/code/code-closure.js',
);

test('the bundle has the code of every built-in stage type, and no other', async () => {
  for (const name of builtInStageTypes()) {
    const { module } = (await findBuiltIn(name))!;
    const { digest } = await codeClosure(module, NO_MEMO);
    assert.ok(isBundled({ module, code: digest }), name);
    assert.ok(!isBundled({ module, code: digest.replace(/^./, (c) => (c === '0' ? '1' : '0')) }), name);
  }
  const { module } = (await findBuiltIn('load'))!;
  const { digest } = await codeClosure(module, NO_MEMO);
  const users = join(tempFolder('users-stage'), 'load.js');
  writeFileSync(users, readFileSync(module));
  assert.ok(!isBundled({ module: users, code: digest }));
  process.env.ETUDE_DEBUG = '1';
  assert.ok(!isBundled({ module, code: digest }));
  delete process.env.ETUDE_DEBUG;
});

test('a bundle that was edited, cut or removed is not used for stages', () => {
  const dist = pathToFileURL(`${tempFolder('dist')}/`);
  cpSync(new URL('bundled-codes.json', DIST), new URL('bundled-codes.json', dist));
  const bundle = readFileSync(new URL('etude.cjs', DIST));
  const countWith = (bytes: Uint8Array) => {
    writeFileSync(new URL('etude.cjs', dist), bytes);
    return Object.keys(bundledCodes(dist)).length;
  };
  assert.equal(countWith(bundle), builtInStageTypes().length);
  assert.equal(countWith(Buffer.concat([bundle, Buffer.from(' ')])), 0);
  assert.equal(countWith(bundle.subarray(1)), 0);
  rmSync(new URL('etude.cjs', dist));
  assert.deepEqual(bundledCodes(dist), {});
});

test('results are the same from the bundle as from the modules', async () => {
  const locks: string[] = [];
  for (const debug of ['0', '1']) {
    const project = toneProject(4, TRAINING_RECIPE);
    project.env.ETUDE_DEBUG = debug;
    assert.equal((await project.etudeRun()).finished.status, 'success');
    locks.push(project.read('recipe.lock'));
  }
  assert.equal(locks[1], locks[0]);
  assert.match(locks[0]!, /model:/);
});

test('a process of the bundle refuses code that is not in it', async () => {
  const project = new Project({
    'package.json': '{ "type": "module" }',
    'load.js': "export default { output: 'report', run: () => ({ artifact: { kind: 'report' } }) };\n",
  });
  const module = project.path('load.js');
  const { dir: cacheDir } = await project.cache();
  const output = project.path('output.json');
  const { digest: code } = await codeClosure(module, NO_MEMO);
  const task = {
    ...{ stage: 'it', module, params: {}, inputs: {}, sources: {}, code, cacheDir, output },
    ...{ recipe: project.path('recipe.yaml'), scratch: project.path('scratch'), engine: 'cpu', cores: 1 },
  };
  const main = fileURLToPath(new URL('src/pipeline/run/bundled-stage-main.cjs', DIST));
  spawnSync(process.execPath, [main, project.write('task.json', JSON.stringify(task))]);
  assert.match(JSON.parse(project.read('output.json')).message, /built again while the stage started/);
});
