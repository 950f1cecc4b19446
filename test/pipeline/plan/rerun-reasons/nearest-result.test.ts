import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../../src/pipeline/cache/types.js';
import { nearestEntries } from '../../../../src/pipeline/plan/rerun-reasons/nearest-result.js';
import { entryOf, partsOf } from '../../../support/cache.js';

test('each of many changed stages looks at a bounded number of past entries', () => {
  const stages = Array.from({ length: 100 }, (_, i) => `s${i}`);
  const shared = { inputs: { dataset: 'd' } };
  // A thousand of one stage, and a thousand of others, on data that all share.
  const entries: Entry[] = Array.from({ length: 2000 }, (_, i) =>
    entryOf(
      partsOf({ n: i }, shared),
      {},
      {
        pipeline: 'p',
        stage: i < 1000 ? 's0' : `s${i % 100}`,
        created: new Date(2_000_000_000_000 - i * 1000).toISOString(),
      },
    ),
  );
  let compared = 0;
  for (const id of stages) {
    const near = nearestEntries(entries, partsOf({ n: -1 }, shared), { pipeline: 'p', id }, (before) => {
      compared++;
      return [{ text: `n ${JSON.stringify(before.params)}` }] as never;
    });
    assert.ok(near.length > 0, id);
    assert.equal(near[0]!.entry.stage, id);
  }
  assert.ok(compared <= stages.length * 400, `${compared} comparisons`);
});

test('the same stage of the same recipe comes before a nearer one of another, and the same cell before others', () => {
  const shared = { inputs: { dataset: 'd' } };
  const of = (stage: string, steps: number, seed: number, pipeline = 'p') =>
    entryOf(partsOf({ steps, seed }, shared), {}, { pipeline, stage, created: '2026-01-01T00:00:00Z' });
  const near = (id: string, entries: Entry[]) => {
    const diff = ({ params }: Entry['parts']) =>
      Object.entries({ steps: 10, seed: 1 }).flatMap(([name, value]) =>
        params[name] === value ? [] : [{ text: `${name} ${params[name]}` }],
      ) as never[];
    return nearestEntries(
      entries,
      partsOf({ steps: 10, seed: 1 }, shared),
      { pipeline: 'p', id },
      diff,
    )[0]?.because.map(({ text }) => text);
  };
  const other = of('model', 30, 1, 'other');
  const old = of('model[seed=1]', 20, 5);
  const cell = of('model[seed=2]', 10, 2);
  assert.deepEqual(near('model[seed=1]', [other]), ['steps 30']);
  assert.deepEqual(near('model[seed=1]', [other, cell]), ['seed 2']);
  assert.deepEqual(near('model[seed=1]', [other, cell, old]), ['steps 20', 'seed 5']);
  assert.deepEqual(near('model', [other, cell, old]), ['seed 2'], 'the matrix is new or gone');
});
