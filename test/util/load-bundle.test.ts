import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../support/temp-folder.js';

const LOADER = fileURLToPath(new URL('../../src/util/load-bundle.cjs', import.meta.url));
const folder = tempFolder('load-bundle');
const bundle = join(folder, 'bundle.cjs');
writeFileSync(
  bundle,
  `const words = () => 'one';
exports.say = async () => console.log(words(), (await __import('node:path')).basename(__filename));
//# etude ends here
`,
);

/** Evaluates the bundle in a separate process, and calls it. */
function say(keep = true): string {
  const code = `require(${JSON.stringify(LOADER)}).loadBundle(${JSON.stringify(bundle)}, { role: 'test', keep: ${keep} }).say()`;
  return execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).trim();
}

/** The only file of the code cache. */
function cache(): string {
  const names = readdirSync(join(folder, 'code-cache'));
  assert.equal(names.length, 1);
  return join(folder, 'code-cache', names[0]!);
}

test('a bundle works with and without a code cache, which one process writes for the next', () => {
  assert.equal(say(false), 'one bundle.cjs');
  assert.deepEqual(readdirSync(folder), ['bundle.cjs']);
  assert.equal(say(), 'one bundle.cjs');
  const { ino } = statSync(cache());
  assert.equal(say(), 'one bundle.cjs');
  assert.equal(statSync(cache()).ino, ino, 'what was believed is not written again');
});

test('a code cache that is damaged, truncated or of another bundle is rejected', () => {
  const whole = readFileSync(cache());
  for (const damage of [() => flipped(whole), () => whole.subarray(0, 100), () => Buffer.alloc(0)]) {
    writeFileSync(cache(), damage());
    assert.equal(say(), 'one bundle.cjs');
    assert.ok(statSync(cache()).size > 100);
  }
  // Of the same length, which is all that V8 checks.
  writeFileSync(bundle, readFileSync(bundle, 'utf8').replace('one', 'two'));
  assert.equal(say(), 'two bundle.cjs');
  assert.equal(say(), 'two bundle.cjs');
});

test('a bundle that is cut off or does not compile is reported in words, with what to do', () => {
  const whole = readFileSync(bundle, 'utf8');
  const run = (text: string) => {
    writeFileSync(bundle, text);
    const code = `require(${JSON.stringify(LOADER)}).loadBundle(${JSON.stringify(bundle)}, { role: 'x', keep: false })`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    return { status, stderr };
  };
  for (const [text, why] of [
    [whole.slice(0, 40), /is damaged \(its end is missing\)/],
    ['', /is damaged \(its end is missing\)/],
    [`)${whole}`, /is damaged \(.*Unexpected token.*\)/],
  ] as const) {
    const { status, stderr } = run(text);
    assert.equal(status, 1);
    assert.match(stderr, why);
    assert.match(stderr, /Install it again: npm install etude-audio/);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 4;
  return copy;
}
