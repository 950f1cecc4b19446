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

test('the bundle computes every built-in stage type with the code that it has, and those of users', async () => {
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
  assert.ok(isBundled({ module: users, code: digest }));
  assert.ok(!isBundled({ module: users, code: digest, modules: { './metric.js': digest } }));
  process.env.ETUDE_DEBUG = '1';
  for (const each of [module, users]) assert.ok(!isBundled({ module: each, code: digest }));
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

/** The output of a process of a folder's bundle for a module. */
async function computedBy(folder: URL, module: string, project = new Project()) {
  const { dir: cacheDir } = await project.cache();
  const output = project.path('output.json');
  const { digest: code } = await codeClosure(module, NO_MEMO);
  const task = {
    ...{ stage: 'it', module, params: {}, inputs: {}, sources: {}, code, cacheDir, output },
    ...{ recipe: project.path('recipe.yaml'), scratch: project.path('scratch'), engine: 'cpu', cores: 1 },
  };
  const main = fileURLToPath(new URL('src/pipeline/run/bundled-stage-main.cjs', folder));
  spawnSync(process.execPath, [main, project.write('task.json', JSON.stringify(task))]);
  return JSON.parse(project.read('output.json'));
}

test('a process of the bundle refuses code that is not in it', async () => {
  const here = new URL('../../../', import.meta.url);
  const module = fileURLToPath(new URL('stages/not-in-the-bundle.js', here));
  try {
    writeFileSync(module, "export default { output: 'report', run: () => ({}) };\n");
    assert.match((await computedBy(here, module)).message, /built again while the stage started/);
  } finally {
    rmSync(module);
  }
});

test("in a process of the bundle, a user's module runs from its own file, even with a built-in's name", async () => {
  const project = new Project({
    'package.json': '{ "type": "module" }',
    'load.js': `import { EtudeError } from '${new URL('src/stage-api.js', DIST)}';
export default { output: 'report', run: () => { throw new EtudeError('no clips', { hint: 'Add some.' }); } };
`,
  });
  assert.deepEqual(await computedBy(DIST, project.path('load.js'), project), {
    ...{ type: 'failed', message: 'no clips', options: { hint: 'Add some.' } },
  });
});
