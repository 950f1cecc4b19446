import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { RunEvent } from '../../src/pipeline/run/events.js';
import { cacheText } from '../../src/ui/cache-line.js';
import { summaryLines } from '../../src/ui/summary.js';
import { initialView } from '../../src/ui/view-model.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

const CWD = resolve('project');
const RECIPE = join(CWD, 'recipe.yaml');

function finished(bytes: number, status: 'run' | 'hit' = 'run', dir = join(CWD, '.etude')): Finished {
  const stage = { id: 'rows', uses: 'load', status, because: [], seconds: 1 };
  const cache = { dir, bytes };
  return {
    ...{ type: 'run-finished', at: 0, status: 'success', seconds: 1 },
    ...{ stages: [stage], metrics: {}, models: {}, cache },
  } as Finished;
}

test('a large cache that a run added to is reported with the command that shrinks it', () => {
  assert.equal(
    cacheText(finished(3.4e9), RECIPE, CWD),
    'the cache .etude holds 3.4 GB; to shrink it: etude gc recipe.yaml --max-size 1GB',
  );
  const sizes = [1e9, 4.1e9, 10e9, 30e9, 512e9].map((bytes) =>
    cacheText(finished(bytes), RECIPE, CWD)?.split(' ').at(-1),
  );
  assert.deepEqual(sizes, ['500MB', '2GB', '5GB', '10GB', '200GB']);
});

test('nothing is said of a small one, nor where everything was a hit', () => {
  assert.equal(cacheText(finished(0.9e9), RECIPE, CWD), undefined);
  assert.equal(cacheText(finished(3e9, 'hit'), RECIPE, CWD), undefined);
  assert.equal(cacheText({ ...finished(3e9), cache: undefined }, RECIPE, CWD), undefined);
});

test('the command names a cache folder that was chosen, and can be copied', () => {
  const text = cacheText(finished(3e9, 'run', join(CWD, 'big cache')), join(CWD, 'my recipe.yaml'), CWD);
  assert.match(text!, /etude gc "my recipe\.yaml" --cache-dir "big cache" --max-size 1GB$/);
});

test('the summary ends with it, on a narrow terminal on several lines', () => {
  const view = { ...initialView, recipe: RECIPE, finished: finished(3.4e9) };
  const text = (width: number) =>
    summaryLines(view, width, CWD).map((line) => line.map((part) => part.text).join(''));
  assert.equal(
    text(100).at(-1),
    '  the cache .etude holds 3.4 GB; to shrink it: etude gc recipe.yaml --max-size 1GB',
  );
  assert.ok(text(40).every((line) => line.length <= 40));
  assert.match(text(40).slice(-3).join(' ').replaceAll(/ +/g, ' '), /etude gc recipe\.yaml --max-size 1GB$/);
});
