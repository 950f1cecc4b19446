/**
 * Runs the tests with Node's own runner and closes with a line `N passed, N failed`.
 *
 *   node scripts/run-tests.mjs             all of test/
 *   node scripts/run-tests.mjs cache plan  the test files whose path has one of these words
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { compileTests } from './compile-tests.mjs';
import { groupTests } from './group-tests.mjs';
import { originalPositions } from './original-positions.mjs';

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

// Node's own choice is a core less than there are: one file after the other on a machine with two, while many tests mostly wait.
const [major, minor] = process.versions.node.split('.').map(Number);
const concurrency =
  major > 20 || minor >= 10 ? [`--test-concurrency=${Math.max(2, availableParallelism())}`] : [];
const options = ['--test', '--test-reporter=spec', ...concurrency];

await compileTests();
const child = spawn(process.execPath, [...options, ...groupTests(files)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  // Tests that are about the Hub have a server of their own.
  env: { ...process.env, HF_HUB_OFFLINE: '1' },
});
let tail = '';
createInterface({ input: child.stdout }).on('line', (line) => {
  process.stdout.write(`${originalPositions(line)}\n`);
  tail = `${tail}${line}\n`.slice(-1_000_000);
});
child.on('close', (code) => {
  const count = (word) => Number([...tail.matchAll(new RegExp(`^ℹ ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  console.log(`\n${count('pass')} passed, ${failed} failed`);
  process.exit(code === 0 && failed === 0 && count('pass') > 0 ? 0 : 1);
});
