/**
 * Builds TensorFlow for the `tensorflow` engine if its npm package cannot download the native library: the
 * library and its headers come from TensorFlow's Python wheel, and the addon is compiled against them. See
 * docs/engines.md.
 *
 *   node scripts/build-tensorflow.mjs [FOLDER] [options]     (see --help)
 *
 * Everything is built in a folder next to FOLDER that is renamed only when the result has been loaded and
 * computes, so that a half-built TensorFlow is never found.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, hasHeaders, installPackage, TFJS, tryOut } from './tensorflow/addon.mjs';
import { execute, Problem, stopAll } from './tensorflow/steps.mjs';
import { fetchWheel, installCuda, unpack, wheelFor } from './tensorflow/wheel.mjs';

const MARK = 'built-by-etude.json';
const usual = join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'etude', 'tensorflow');
const HELP = `usage: node scripts/build-tensorflow.mjs [FOLDER] [options]

Builds @tensorflow/tfjs-node ${TFJS} on the TensorFlow of a Python wheel into FOLDER, which
must hold nothing else. Etude looks in ${usual} (the default); for another FOLDER
set ETUDE_TENSORFLOW_DIR=FOLDER.

  --gpu            TensorFlow for NVIDIA GPUs, and CUDA and cuDNN from Python wheels (about 3 GB to download)
  --wheel FILE     TensorFlow's wheel, already downloaded
  --sha256 HEX     checksum of FILE, if it is not the pinned wheel
  --python FILE    Python, with pip (default: python3)
  --nodedir DIR    folder whose include/node has this Node.js's headers
                   (default: next to Node.js, otherwise downloaded)
  --help           show help`;

try {
  await main();
} catch (error) {
  const text =
    error instanceof Problem ? `${error.message}${error.hint && `\n  ${error.hint}`}` : error.stack;
  console.error(`build-tensorflow: ${text}`);
  process.exitCode = 1;
}

async function main() {
  const { values, folder } = options();
  if (values.help) return console.log(HELP);
  const pinned = wheelFor(values.gpu);
  if (pinned === undefined) {
    throw new Problem(
      `there is no TensorFlow to build on for ${process.platform}-${process.arch}${values.gpu ? ' with --gpu' : ''}`,
      `It works on Linux (x64 and arm64; --gpu on x64). Elsewhere: npm install @tensorflow/tfjs-node@${TFJS}`,
    );
  }
  await checkFolder(folder, pinned);
  await checkTools(values);
  const work = `${folder}.building-${process.pid}`;
  const remove = () => rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      stopAll();
      remove();
      process.exit(1);
    });
  }
  try {
    const { library, gpu } = await build(work, pinned, values);
    await putInPlace(work, folder);
    const device = gpu ? 'GPU' : `CPU${values.gpu ? ' (no GPU visible here)' : ''}`;
    console.log(`built @tensorflow/tfjs-node ${TFJS} with TensorFlow ${library}, ${device}: ${folder}`);
    if (folder !== usual) console.log(`set ETUDE_TENSORFLOW_DIR=${folder} so that Etude finds it`);
  } finally {
    remove();
  }
}

async function build(work, pinned, { python = 'python3', gpu, nodedir, ...given }) {
  await mkdir(work);
  const wheel = await fetchWheel(join(work, 'wheel'), python, pinned, given);
  const addon = await installPackage(work);
  await unpack(wheel, addon, python);
  if (gpu) await installCuda(wheel, addon, python);
  await compile(addon, python, nodedir);
  const found = await tryOut(addon);
  for (const waste of [join(work, 'wheel'), join(addon, 'build'), join(addon, 'deps/include')]) {
    await rm(waste, { recursive: true, force: true });
  }
  const made = { '@tensorflow/tfjs-node': TFJS, tensorflow: found.library, wheel: basename(wheel) };
  await writeFile(join(work, MARK), `${JSON.stringify(made, null, 2)}\n`);
  return found;
}

async function putInPlace(work, folder) {
  const former = `${work}-former`;
  if (existsSync(folder)) await rename(folder, former);
  await rename(work, folder);
  await rm(former, { recursive: true, force: true });
}

function options() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  try {
    const { values, positionals } = parseArgs({
      options: { gpu: flag, wheel: text, sha256: text, python: text, nodedir: text, help: flag },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new Error(`expected one folder, got ${positionals.join(' ')}`);
    return { values, folder: resolve(positionals[0] ?? usual) };
  } catch (error) {
    throw new Problem(error.message, 'See --help.');
  }
}

/** Refuses a folder that is something else; removes what a killed build left; checks the disk space. */
async function checkFolder(folder, { gigabytes }) {
  if (existsSync(folder) && !existsSync(join(folder, MARK)) && (await readdir(folder)).length > 0) {
    throw new Problem(`${folder} is not empty`, 'Give a new folder, or one that an earlier build made.');
  }
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const start = `${basename(folder)}.building-`;
  for (const name of readdirSync(parent)) {
    const left = name.startsWith(start) && !isAlive(Number.parseInt(name.slice(start.length), 10));
    if (left) rmSync(join(parent, name), { recursive: true });
  }
  const { bavail, bsize } = await statfs(parent);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new Problem(`${parent} has ${free.toFixed(1)} GB free, the build needs ${gigabytes} GB`);
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Checks for everything that the build needs before anything is downloaded. */
async function checkTools({ python = 'python3', wheel, nodedir }) {
  const packages = 'Debian and Ubuntu: apt install build-essential';
  const compiler = process.env.CXX || 'c++';
  const modern = 'import sys; sys.exit(sys.version_info < (3, 8))';
  await tool('npm', ['--version'], 'npm is not installed', 'It comes with Node.js.');
  await tool('make', ['--version'], 'make is not installed', packages);
  await tool(compiler, ['--version'], `no C++ compiler found (${compiler})`, packages);
  await tool(python, ['-c', modern], `no Python 3.8 or newer found (${python})`, 'Give one: --python FILE');
  if (wheel === undefined) {
    const hint = 'Install python3-pip, or download the wheel elsewhere and pass it: --wheel FILE';
    await tool(python, ['-m', 'pip', '--version'], `${python} has no pip`, hint);
  } else if (!existsSync(wheel)) throw new Problem(`no such file: ${wheel}`);
  if (nodedir !== undefined && !hasHeaders(nodedir)) {
    throw new Problem(
      `${nodedir} has no headers of Node.js ${process.version} in include/node`,
      'Give the folder they were unpacked into.',
    );
  }
}

async function tool(command, args, message, hint) {
  await execute(command, args).catch(() => {
    throw new Problem(message, hint);
  });
}
