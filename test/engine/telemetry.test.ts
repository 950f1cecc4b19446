import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { script } from '../support/script.js';
import { tempFolder } from '../support/temp-folder.js';

/** What a program that opens the back end leaves in the user's home folder. */
function leftBehind(): string[] {
  const home = tempFolder('home');
  const { CI, ORT_DISABLE_TELEMETRY, XDG_CACHE_HOME, ...inherited } = process.env;
  const [entry = '', ...before] = script(
    '../../src/engine/onnxruntime/native-binding.ts',
    import.meta.url,
  ).reverse();
  const module = pathToFileURL(entry).href;
  const program = `const { loadNative } = await import(${JSON.stringify(module)}); loadNative();`;
  const args = [...before.reverse(), '--input-type=module', '--eval', program];
  execFileSync(process.execPath, args, { env: { ...inherited, HOME: home } });
  return readdirSync(home, { recursive: true }).map(String);
}

test('ONNX Runtime stores no user identifier and reports nothing', {
  skip: process.platform !== 'linux',
}, () => {
  assert.deepEqual(leftBehind(), []);
});
