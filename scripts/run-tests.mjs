/**
 * Runs the tests with Node's own runner and ends with a line `N passed, N failed`.
 *
 *   node scripts/run-tests.mjs             all of test/
 *   node scripts/run-tests.mjs cache plan  the test files whose path has one of these words
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { compileTests } from './compile-tests.mjs';
import { groupTests } from './group-tests.mjs';
import { originalPositions } from './original-positions.mjs';

/** Far more than a group of files takes on a busy machine. */
const HANGS_AFTER_MS = 300_000;

const words = process.argv.slice(2);
const files = readdirSync('test', { recursive: true })
  .map((name) => `test/${name.replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches: ${words.join(' ')}`);
  process.exit(1);
}

await compileTests();
// Tests about the Hub have their own server; those about these variables set them.
process.env.HF_HUB_OFFLINE = '1';
for (const name of [
  'ETUDE_CACHE_DIR',
  'ETUDE_REMOTE',
  'ETUDE_REQUIRE_SIGNED',
  'ETUDE_DEBUG',
  'GITHUB_STEP_SUMMARY',
])
  delete process.env[name];
// Most of what tests do with files is to write small ones, safely: on a disk, that takes longer than the
// rest.
const memory = process.env.TMPDIR === undefined ? memoryFolder() : undefined;
if (memory !== undefined) {
  process.env.TMPDIR = memory;
  process.on('exit', () => rmSync(memory, { recursive: true, force: true }));
}
// One helper thread of V8's per process instead of four: starting them costs more than they are worth here.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --v8-pool-size=1`.trim();
// `run` keeps the order of the files; `node --test` sorts them. One more at a time than there are cores,
// since many tests wait for a process or for time to pass.
const results = run({
  files: groupTests(files).map((file) => resolve(file)),
  concurrency: availableParallelism() + 2,
  timeout: HANGS_AFTER_MS,
}).compose(new spec());
let tail = '';
const lines = createInterface({ input: results });
lines.on('line', (line) => {
  process.stdout.write(`${originalPositions(line)}\n`);
  tail = `${tail}${line}\n`.slice(-1_000_000);
});
lines.on('close', () => {
  const count = (word) => Number([...tail.matchAll(new RegExp(`^ℹ ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  console.log(`\n${count('pass')} passed, ${failed} failed`);
  process.exit(failed === 0 && count('pass') > 0 ? 0 : 1);
});

/** A new folder for temporary files that are kept in memory, where Linux has enough of it for them. */
function memoryFolder() {
  const shared = '/dev/shm';
  try {
    const [, , type, options] = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, folder]) => folder === shared);
    const { bavail, bsize } = statfsSync(shared);
    const isFit = type === 'tmpfs' && !options.split(',').includes('noexec') && bavail * bsize > 4 * 2 ** 30;
    return isFit ? mkdtempSync(`${shared}/etude-tests-`) : undefined;
  } catch {
    return undefined;
  }
}
