import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '@lydell/node-pty';
import { script } from '../support/script.js';

const main = script('../../src/cli/main.cts', import.meta.url);

test('on a narrow terminal no command prints a line that is too wide', async () => {
  const env = { ...process.env, NO_COLOR: '1' } as Record<string, string>;
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, [...main, 'doctor'], { cols: 30, rows: 24, env });
  let output = '';
  child.onData((data) => {
    output += data;
  });
  await new Promise((resolve) => child.onExit(resolve));
  const lines = output.split(/\r?\n/);
  assert.ok(lines.length > 10);
  assert.deepEqual(
    lines.filter((line) => line.length > 29),
    [],
  );
});
