import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeSummary } from '../../src/cli/write-summary.js';
import { tempFolder } from '../support/temp-folder.js';

test("a file is replaced, and the step's summary appended to", async () => {
  const dir = tempFolder();
  const [file, step] = [join(dir, 'summary.md'), join(dir, 'step.md')];
  for (const name of [file, step]) writeFileSync(name, 'before');
  const warnings: string[] = [];
  await writeSummary('## new\n', { file, step }, (text) => warnings.push(text));
  assert.equal(readFileSync(file, 'utf8'), '## new\n');
  assert.equal(readFileSync(step, 'utf8'), 'before\n\n## new\n');
  assert.deepEqual(warnings, []);
});

test('what cannot be written is a warning, and so is a summary that GitHub would not show', async () => {
  const dir = tempFolder();
  const step = join(dir, 'step.md');
  writeFileSync(step, 'x'.repeat(2 ** 20 - 5));
  const warnings: string[] = [];
  await writeSummary('## new\n', { file: join(dir, 'no', 'x.md'), step }, (text) => warnings.push(text));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /^the summary was not written: .*no such file/);
  assert.match(warnings[1]!, /larger than the 1 MiB/);
  assert.equal(readFileSync(step, 'utf8').length, 2 ** 20 - 5);
});
