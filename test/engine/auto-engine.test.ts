import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { automatic } from '../../src/engine/auto-engine.js';
import { resolveEngine } from '../../src/engine/resolve-engine.js';
import { warningsOf } from '../support/command-line.js';
import { TRAINING_RECIPE, toneProject } from '../support/tone-project.js';

const project = toneProject(8, TRAINING_RECIPE);
project.write(
  'no-binary.mjs',
  `const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  if (file.includes('onnxruntime')) throw new Error("version 'GLIBC_2.99' not found");
  return dlopen(module, file, ...rest);
};`,
);
project.env = {
  ...project.env,
  ETUDE_TENSORFLOW_DIR: project.dir,
  NODE_OPTIONS: `--import ${pathToFileURL(project.path('no-binary.mjs')).href}`,
};

test('auto uses onnxruntime where it loads, and says why no engine before it', async () => {
  const { ETUDE_TENSORFLOW_DIR } = process.env;
  process.env.ETUDE_TENSORFLOW_DIR = project.dir;
  const { name, why, surprising } = await automatic();
  if (ETUDE_TENSORFLOW_DIR === undefined) delete process.env.ETUDE_TENSORFLOW_DIR;
  else process.env.ETUDE_TENSORFLOW_DIR = ETUDE_TENSORFLOW_DIR;
  assert.deepEqual([name, surprising], ['onnxruntime', false]);
  assert.match(why, /tensorflow|tfjs-node/i);
});

test('an unknown engine is refused', async () => {
  await assert.rejects(resolveEngine({ engine: 'abacus' }), { message: "unknown engine 'abacus'" });
});

test('where ONNX Runtime cannot load, a run falls back to cpu and says so; if named, it is an error', async () => {
  const run = await project.etudeRun();
  assert.equal(run.finished.status, 'success', run.stderr);
  const [started] = run.events.filter(({ type }) => type === 'run-started');
  assert.match(started?.type === 'run-started' ? started.engine : '', /tfjs-backend-cpu/);
  assert.match(
    warningsOf(run).join('\n'),
    /engine auto picks cpu: onnxruntime-node cannot be loaded: version 'GLIBC_2\.99'/,
  );

  const planned = await project.etude('plan', 'recipe.yaml');
  assert.match(planned.stdout, /5 hits: nothing would run/);
  const doctor = JSON.parse((await project.etude('doctor', '--json')).stdout);
  assert.equal(doctor.auto.name, 'cpu');
  assert.equal(doctor.engines[0].available, false);

  const named = await project.etudeRun('--engine', 'onnxruntime', '--force', 'model');
  assert.equal(named.finished.status, 'failed');
  assert.match(named.stages.model!.error!, /onnxruntime engine does not work here/);
});
