import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, sourceFiles } from '../../scripts/rooms.js';

/** Written by scripts, not by people. */
const GENERATED = ['src/stage/params.ts'];

const lines = sourceFiles()
  .filter((file) => !GENERATED.includes(file))
  .map((file) => ({ file, count: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
  .sort((one, other) => one.count - other.count);

test('a file is one idea: at most 300 lines, half of them at most 80', () => {
  assert.ok(lines.length > 400);
  assert.deepEqual(
    lines.filter(({ count }) => count > 300),
    [],
  );
  assert.ok(lines[lines.length >> 1]!.count <= 80);
});
