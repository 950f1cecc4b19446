import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem, say, step } from './steps.mjs';

const TENSORFLOW = '2.19.1';
/**
 * The wheels for Python 3.11 by platform, with the checksums of the package index, and the space that a build
 * needs.
 */
const wheels = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    tag: 'manylinux_2_17_x86_64',
    sha256: '0b6d72bd09c267e7573757bd309f5b1e2cdb02577339991da751f3a1411e4dae',
    gigabytes: 2,
  },
  'linux-arm64': {
    project: 'tensorflow',
    tag: 'manylinux_2_17_aarch64',
    sha256: '22deedc251837f2382d2b287c705705cb089bfaf79b2274b78c08740e02bf188',
    gigabytes: 2,
  },
  'linux-x64 --gpu': {
    project: 'tensorflow',
    tag: 'manylinux_2_17_x86_64',
    sha256: '8e5524eb492160576e5eeea9bb472ddc653123503f2290f83123d5ac9545750e',
    gigabytes: 10,
  },
};
const program = fileURLToPath(new URL('./wheel.py', import.meta.url));

/** The wheel for this machine; undefined if there is none. */
export function wheelFor(gpu) {
  return wheels[`${process.platform}-${process.arch}${gpu ? ' --gpu' : ''}`];
}

/** Downloads the wheel with pip, unless a file is given, and compares its checksum. Returns its path. */
export async function fetchWheel(folder, python, { project, tag, sha256 }, given) {
  if (given.wheel === undefined) {
    say(`fetching the wheel of ${project} ${TENSORFLOW}`);
    const kind = [
      '--only-binary',
      ':all:',
      '--python-version',
      '3.11',
      '--implementation',
      'cp',
      '--platform',
      tag,
    ];
    const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', ...kind, '--dest', folder];
    const hint = 'Or download it elsewhere and pass it: --wheel FILE';
    await step('pip could not download it', python, [...args, `${project}==${TENSORFLOW}`], {}, hint);
  }
  const wheel = given.wheel ?? join(folder, readdirSync(folder)[0]);
  const expected = (given.wheel && given.sha256) || sha256;
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(wheel)) hash.update(bytes);
  const got = hash.digest('hex');
  if (got !== expected) {
    throw new Problem(
      `${wheel} is not the expected wheel: sha256 ${got} instead of ${expected}`,
      `The pinned one is ${project} ${TENSORFLOW} for Python 3.11, ${tag}; for another, pass its --sha256.`,
    );
  }
  return wheel;
}

/** Arranges library and headers as the addon's build expects them. */
export async function unpack(wheel, addon, python) {
  say('unpacking library and headers');
  const deps = join(addon, 'deps');
  await step('the wheel could not be unpacked', python, [program, 'unpack', wheel, deps]);
  const needed = [
    'lib/libtensorflow_cc.so.2',
    'lib/libtensorflow_framework.so.2',
    'include/tensorflow/c/eager/c_api.h',
  ];
  for (const name of needed) {
    if (!existsSync(join(deps, name))) throw new Problem(`${wheel} has no ${name}`, 'It cannot be used.');
  }
  // The linker looks for them under these names; the addon then loads them by their own.
  await symlink('libtensorflow_cc.so.2', join(deps, 'lib/libtensorflow.so'));
  await symlink('libtensorflow_framework.so.2', join(deps, 'lib/libtensorflow_framework.so'));
}

/** Installs NVIDIA's libraries, in the versions that the wheel names, where its TensorFlow looks for them. */
export async function installCuda(wheel, addon, python) {
  const packages = (await step('the wheel could not be read', python, [program, 'cuda', wheel])).trim();
  if (packages === '') throw new Problem(`${wheel} lists no CUDA libraries`, 'Build without --gpu.');
  say(`fetching ${packages.replaceAll(' ', ', ')}`);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--no-compile'];
  const target = ['--target', join(addon, 'deps')];
  await step('pip could not install them', python, [...args, ...target, ...packages.split(' ')]);
}
