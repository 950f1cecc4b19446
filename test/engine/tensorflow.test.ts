import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { automatic } from '../../src/engine/auto-engine.js';
import { inspectEngines, openEngine } from '../../src/engine/open-engine.js';
import { resolveEngine } from '../../src/engine/resolve-engine.js';
import { builtFolder, findTensorFlow } from '../../src/engine/tensorflow/locate.js';
import { probeTensorFlow } from '../../src/engine/tensorflow/probe.js';
import * as tf from '../../src/engine/tf.js';
import { EtudeError } from '../../src/util/errors.js';
import { tempFolder } from '../support/temp-folder.js';

const root = tempFolder('tensorflow');
const { ETUDE_TENSORFLOW_DIR: given } = process.env;
afterEach(() => {
  if (given === undefined) delete process.env.ETUDE_TENSORFLOW_DIR;
  else process.env.ETUDE_TENSORFLOW_DIR = given;
});

let folders = 0;

/** A folder with packages that call themselves `@tensorflow/<name>`, each with the given files. */
function folderWith(packages: Record<string, Record<string, string>>): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  for (const [name, files] of Object.entries(packages)) {
    const own = join(folder, 'node_modules/@tensorflow', name);
    mkdirSync(join(own, 'lib/napi-v8'), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text);
  }
  return folder;
}

const description = '{ "version": "4.22.0", "main": "index.js" }';
/** Looks complete, and runs this code when loaded. */
const whole = (code: string) => ({
  'package.json': description,
  'index.js': code,
  'lib/napi-v8/tfjs_binding.node': '',
});
const empty = { 'package.json': description, 'index.js': '' };
/** What the package needs, at least in name. */
const needed = { tfjs: empty, 'tfjs-core': empty, 'tfjs-backend-cpu': empty };

async function problemOf(work: Promise<unknown>): Promise<EtudeError> {
  const error = await work.then(
    () => assert.fail('an error was expected'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof EtudeError);
  assert.match(error.hint!, /npm install @tensorflow\/tfjs-node@.*build-tensorflow\.mjs/);
  return error;
}

const broken: [what: string, packages: Parameters<typeof folderWith>[0], message: RegExp][] = [
  ['no TensorFlow', {}, /ETUDE_TENSORFLOW_DIR is .*, which has no TensorFlow/],
  [
    'an install without its native part',
    { 'tfjs-node': { 'package.json': description } },
    /^@tensorflow\/tfjs-node 4\.22\.0 lacks its native library/,
  ],
  ['an unreadable package.json', { 'tfjs-node': { 'package.json': '{' } }, /is damaged/],
  ['a package.json without a version', { 'tfjs-node': { 'package.json': '{}' } }, /is damaged/],
  [
    'one whose library is missing',
    {
      'tfjs-node': whole(`throw new Error('libtensorflow.so.2: cannot open shared object file');`),
      ...needed,
    },
    /(does not work|cannot be loaded): .*libtensorflow\.so\.2: cannot open/,
  ],
];

for (const [what, packages, message] of broken) {
  test(`${what}: when requested, it is an error that says how to get it; auto goes on`, async () => {
    process.env.ETUDE_TENSORFLOW_DIR = folderWith(packages);
    assert.match((await problemOf(openEngine('tensorflow'))).message, message);
    assert.match((await problemOf(probeTensorFlow())).message, message);
    assert.match((await problemOf(resolveEngine({ engine: 'tensorflow' }))).message, message);
    assert.equal((await resolveEngine({ engine: 'auto' })).name, 'onnxruntime');
    const engine = await openEngine('auto', { threads: 1 });
    assert.equal(engine.name, 'onnxruntime');
    assert.match(engine.why, /^auto: .*(tensorflow|TensorFlow)/);
    assert.deepEqual([...tf.add([1], [2]).dataSync()], [3]);
  });
}

test('a package that ends its process does not end ours', async () => {
  process.env.ETUDE_TENSORFLOW_DIR = folderWith({ 'tfjs-node': whole('process.abort();'), ...needed });
  assert.match(
    (await problemOf(probeTensorFlow())).message,
    /is killed by SIG\w+ when loaded|exits when loaded/,
  );
  const reports = await inspectEngines();
  const report = reports.find(({ name }) => name === 'tensorflow')!;
  assert.equal(report.available, false);
  assert.match(report.howToGet!, /build-tensorflow/);
  const { name } = await automatic();
  assert.equal(name, 'onnxruntime');
});

test('a package built for another tfjs-core is recognized', async () => {
  const other = { 'package.json': '{ "version": "3.0.0", "main": "index.js" }', 'index.js': '' };
  const packages = { 'tfjs-node': whole(''), ...needed, 'tfjs-core': other };
  process.env.ETUDE_TENSORFLOW_DIR = folderWith(packages);
  assert.match(
    (await problemOf(openEngine('tensorflow'))).message,
    /needs @tensorflow\/tfjs-core 3\.0\.0, Etude uses \d/,
  );
});

test('the GPU package comes before the other, a complete install before a broken one', () => {
  const folder = folderWith({ 'tfjs-node-gpu': whole(''), 'tfjs-node': whole('') });
  const names = findTensorFlow({ ETUDE_TENSORFLOW_DIR: folder }).installs.map(({ name }) => name);
  assert.deepEqual(names, ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
  const half = folderWith({ 'tfjs-node-gpu': { 'package.json': description }, 'tfjs-node': whole('') });
  const found = findTensorFlow({ ETUDE_TENSORFLOW_DIR: half });
  assert.deepEqual(
    found.installs.map(({ name }) => name),
    ['@tensorflow/tfjs-node'],
  );
  assert.match(found.problems.join(), /tfjs-node-gpu 4\.22\.0 lacks its native library/);
});

test('the project is searched from any folder in it, and where the script builds', () => {
  const project = folderWith({ 'tfjs-node': whole('') });
  mkdirSync(join(project, 'recipes/deep'), { recursive: true });
  const env = { XDG_DATA_HOME: join(root, 'data') };
  const first = findTensorFlow(env, join(project, 'recipes/deep')).installs[0]!;
  assert.ok(first.folder.endsWith(join(project, 'node_modules/@tensorflow/tfjs-node')), first.folder);

  const built = join(builtFolder(env), 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(join(built, 'lib/napi-v8'), { recursive: true });
  for (const [file, text] of Object.entries(whole(''))) writeFileSync(join(built, file), text);
  const last = findTensorFlow(env, project).installs.at(-1)!;
  assert.ok(last.folder.endsWith(built), last.folder);
});
