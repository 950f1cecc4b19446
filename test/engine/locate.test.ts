import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { locateOnnxRuntime } from '../../src/engine/onnxruntime/locate.js';
import { tempFolder } from '../support/cache.js';

/** Etude as a package of a project: which onnxruntime-node it bundles, and which one the project has. */
function installed(carried: string | undefined, beside: string | undefined) {
  const project = tempFolder();
  const etude = join(project, 'node_modules/etude-audio');
  const places = {
    carried: join(etude, 'vendor/onnxruntime-node'),
    beside: join(project, 'node_modules/onnxruntime-node'),
  };
  for (const [folder, version] of [
    [places.carried, carried],
    [places.beside, beside],
  ] as const) {
    if (version === undefined) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  }
  const module = join(etude, 'dist/src/engine/onnxruntime/locate.js');
  return { ...places, found: locateOnnxRuntime(module) };
}

test('the onnxruntime-node that Etude bundles is found, whatever other version the project has', () => {
  const alone = installed('1.30.0', undefined);
  assert.deepEqual(alone.found, { folder: alone.carried, version: '1.30.0' });
  const other = installed('1.30.0', '1.24.3');
  assert.deepEqual(other.found, { folder: other.carried, version: '1.30.0' });
});

test('the same version installed by the project comes first, because it may include the CUDA libraries', () => {
  const same = installed('1.30.0', '1.30.0');
  assert.deepEqual(same.found, { folder: same.beside, version: '1.30.0' });
  const only = installed(undefined, '1.30.0');
  assert.equal(only.found?.folder, only.beside);
});

test('where there is none, none is found', () => {
  assert.equal(installed(undefined, undefined).found, undefined);
});
