import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../support/temp-folder.js';

/**
 * The repository with its files emptied, except those npm reads: it compresses everything that it would pack.
 */
const bare = tempFolder('package');
cpSync('.', bare, {
  recursive: true,
  filter(from, to) {
    const path = relative('', from);
    if (/^(node_modules|\.git|\.etude|\.test-build)$/.test(path)) return false;
    const isRead = /^package\.json$|ignore$/.test(path) || !statSync(from).isFile();
    if (!isRead) writeFileSync(to, '');
    return isRead;
  },
});

const packed = new Set<string>(
  JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: bare,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    }),
  )[0].files.map((file: { path: string }) => file.path),
);

test('the package contains what a run needs, and none of its build tooling', () => {
  const binding = `vendor/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
  for (const needed of [
    'dist/src/cli/main.cjs',
    'dist/etude.cjs',
    'dist/bundled-codes.json',
    'dist/LICENSES.txt',
    'vendor/LICENSE',
    binding,
    'samples/checkpoint/model.safetensors',
  ])
    assert.ok(packed.has(needed), needed);
  const strange =
    /tsbuildinfo|^dist\/\.built|^dist\/code-cache\/|^samples\/make\/|^test\/|^node_modules\/|\.part\/|(^|\/)\.etude\//;
  assert.deepEqual(
    [...packed].filter((path) => strange.test(path)),
    [],
  );
});

test('nothing that is installed with the package runs a script or contacts another server', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
  };
  const scripted = Object.entries(packages).filter(
    ([path, { dev, hasInstallScript }]) => path !== '' && !dev && hasInstallScript,
  );
  assert.deepEqual(
    scripted.map(([path]) => path),
    [],
  );
});

test('what is packed has no script that npm runs or warns of; the clone keeps its own', () => {
  const read = () => readFileSync(join(bare, 'package.json'), 'utf8');
  const pack = (when: string) => {
    execFileSync(process.execPath, [join(bare, 'scripts', 'pack.mjs'), when]);
    return Object.keys(JSON.parse(read()).scripts);
  };
  const before = read();
  cpSync('scripts/pack.mjs', join(bare, 'scripts', 'pack.mjs'));
  const run = ['preinstall', 'install', 'postinstall', 'prepare'];
  assert.ok(Object.keys(JSON.parse(before).scripts).includes('prepare'));
  assert.deepEqual(
    pack('before').filter((name) => run.includes(name)),
    [],
  );
  pack('after');
  pack('after');
  assert.equal(read(), before);
});

test('every link of the packaged documents leads to a file in the package', () => {
  const dead = [...packed]
    .filter((path) => path.endsWith('.md') && !path.startsWith('vendor/'))
    .flatMap((path) => {
      const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(
        ([, to]) => to!,
      );
      const targets = links.map((to) => posix.normalize(posix.join(posix.dirname(path), to)));
      return targets
        .filter(
          (target) =>
            !packed.has(target) &&
            ![...packed].some((each) => each.startsWith(`${target.replace(/\/$/, '')}/`)),
        )
        .map((target) => `${path}: ${target}`);
    });
  assert.deepEqual(dead, []);
});
