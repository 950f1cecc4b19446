import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execute, say, step } from './steps.mjs';

const NODE_GYP = '11.5.0';
const PACKAGE = new URL('../../package.json', import.meta.url);
/** The version of TensorFlow.js that Etude uses, and that the addon must have. */
export const TFJS = JSON.parse(readFileSync(PACKAGE, 'utf8')).dependencies['@tensorflow/tfjs-core'];

/**
 * Installs the npm package and its dependencies, without the download that its installation would start.
 * Returns its folder.
 */
export async function installPackage(work) {
  say(`installing @tensorflow/tfjs-node ${TFJS}`);
  await writeFile(join(work, 'package.json'), '{ "name": "etude-tensorflow", "private": true }\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact'];
  await step('npm could not install it', 'npm', [...args, `@tensorflow/tfjs-node@${TFJS}`], { cwd: work });
  return join(work, 'node_modules/@tensorflow/tfjs-node');
}

/** Compiles the addon against the contents of its folder `deps`. */
export async function compile(addon, python, nodedir) {
  say('compiling the addon');
  const headers = nodedir ?? (await headersFolder());
  const label = 'napi-v8';
  const gyp = [
    ...[
      'node-gyp',
      'rebuild',
      `--python=${python}`,
      ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
    ],
    ...['--module_name=tfjs_binding', `--module_path=${join(addon, 'lib', label)}`],
    ...['--napi_build_version=8', `--napi_version=${process.versions.napi}`, `--node_napi_label=${label}`],
  ];
  const args = ['exec', '--yes', '--loglevel=error', `--package=node-gyp@${NODE_GYP}`, '--', ...gyp];
  const missing = `The headers of Node.js ${process.version} are not next to it; if they cannot be downloaded: --nodedir DIR`;
  await step('the addon did not compile', 'npm', args, { cwd: addon }, headers === undefined ? missing : '');
}

/** The folder of this Node.js's headers, if they are installed. */
async function headersFolder() {
  const configured = (await execute('npm', ['config', 'get', 'nodedir']).catch(() => '')).trim();
  const beside = dirname(dirname(realpathSync(process.execPath)));
  return [configured, beside].find((folder) => folder !== '' && hasHeaders(folder));
}

/** Whether a folder has the headers of this Node.js. */
export function hasHeaders(folder) {
  const file = join(folder, 'include/node/node_version.h');
  const [major] = process.versions.node.split('.');
  return (
    existsSync(file) &&
    new RegExp(`^#define NODE_MAJOR_VERSION ${major}$`, 'm').test(readFileSync(file, 'utf8'))
  );
}

/**
 * Loads the built package in a separate process, and computes with it. Returns TensorFlow's version, and
 * whether it sees a GPU.
 */
export async function tryOut(addon) {
  say('testing it');
  const program = `
require('node:util').isNullOrUndefined = (value) => value == null;
const tf = require(process.argv[1]);
const [product] = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync());
if (product !== 3) throw new Error('it computed 3 times 1 = ' + product);
console.log(JSON.stringify({ library: tf.backend().binding.TF_Version, gpu: tf.backend().isUsingGpuDevice }));
`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const args = ['--no-deprecation', '--eval', program, addon];
  return JSON.parse(await step('it was built, but does not work', process.execPath, args, { env }));
}
