import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { RunEvent } from '../../src/pipeline/run/events/run-events.js';
import { cacheText } from '../../src/ui/cache-line.js';
import { summaryLines } from '../../src/ui/summary.js';
import { initialView } from '../../src/ui/view-model.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

const CWD = resolve('project');
const RECIPE = join(CWD, 'recipe.yaml');

function finished(bytes: number, status: 'run' | 'hit' = 'run', chosen?: string): Finished {
  const stage = { id: 'rows', uses: 'load', status, because: [], seconds: 1 };
  const cache = { dir: chosen ?? join(CWD, '.etude'), bytes, isChosen: chosen !== undefined };
  return {
    ...{ type: 'run-finished', at: 0, status: 'success', seconds: 1 },
    ...{ stages: [stage], metrics: {}, metricNames: {}, models: {}, cache },
  } as Finished;
}

test('a large cache that a run added to is reported with the command that shrinks it', () => {
  assert.deepEqual(cacheText(finished(3.4e9), RECIPE, CWD), {
    size: 'the cache .etude holds 3.4 GB; to shrink it:',
    command: 'etude gc recipe.yaml --max-size 1GB',
  });
  const sizes = [1e9, 4.1e9, 10e9, 30e9, 512e9].map((bytes) =>
    cacheText(finished(bytes), RECIPE, CWD)?.command.split(' ').at(-1),
  );
  assert.deepEqual(sizes, ['500MB', '2GB', '5GB', '10GB', '200GB']);
});

test('nothing is said of a small one, nor where everything was a hit', () => {
  assert.equal(cacheText(finished(0.9e9), RECIPE, CWD), undefined);
  assert.equal(cacheText(finished(3e9, 'hit'), RECIPE, CWD), undefined);
  assert.equal(cacheText({ ...finished(3e9), cache: undefined }, RECIPE, CWD), undefined);
});

test('the command names a cache folder that was chosen, whatever its name', () => {
  const command = (dir: string, recipe = 'recipe.yaml') =>
    cacheText(finished(3e9, 'run', join(CWD, dir)), join(CWD, recipe), CWD)!.command;
  assert.equal(command('other/.etude'), 'etude gc recipe.yaml --cache-dir other/.etude --max-size 1GB');
  assert.equal(command('-x'), 'etude gc recipe.yaml --cache-dir ./-x --max-size 1GB');
});

test('a shell takes the command as it is meant', { skip: process.platform === 'win32' }, () => {
  for (const name of ['big cache', `it's`, 'a"b', '$(touch x)', '`id`', 'a\\b', 'a;b', '*', '~', '!!', 'é']) {
    const { command } = cacheText(finished(3e9, 'run', join(CWD, name)), join(CWD, `${name}.yaml`), CWD)!;
    const words = execFileSync('sh', ['-c', `etude() { printf '%s\\n' "$@"; }; ${command}`]).toString();
    assert.deepEqual(words.trim().split('\n'), [
      'gc',
      `${name}.yaml`,
      '--cache-dir',
      name,
      '--max-size',
      '1GB',
    ]);
  }
});

test('the summary ends with it, the command unbroken where there is room for it', () => {
  const view = { ...initialView, recipe: RECIPE, finished: finished(3.4e9) };
  const text = (width: number) =>
    summaryLines(view, width, CWD).map((line) => line.map((part) => part.text).join(''));
  assert.equal(
    text(100).at(-1),
    '  the cache .etude holds 3.4 GB; to shrink it: etude gc recipe.yaml --max-size 1GB',
  );
  assert.deepEqual(text(80).slice(-2), [
    '  the cache .etude holds 3.4 GB; to shrink it:',
    '  etude gc recipe.yaml --max-size 1GB',
  ]);
  assert.ok(text(30).every((line) => line.length <= 30));
});
