import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import { EtudeError } from '../../src/util/errors.js';
import rename from '../../stages/rename.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf, runForDataset } from '../support/stage.js';

const string = { _type: 'Value', dtype: 'string' } as const;

async function example(objects: MemoryObjects): Promise<DatasetArtifact> {
  const columns = { a: ['1', '2'], b: ['3', '4'], c: ['5', '6'] };
  return makeDataset({ a: string, b: string, c: string }, columns, objects);
}

test('columns keep their place and their values under the new names, swaps included', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const before = objects.stored.size;
  const params = { columns: { a: 'b', b: 'a' } };
  const renamed = await runForDataset(rename, contextOf(params, { inputs: { dataset }, objects }));
  assert.deepEqual(Object.keys(renamed.features), ['b', 'a', 'c']);
  assert.deepEqual(await openDataset(renamed, objects).row('train', 0), { b: '1', a: '3', c: '5' });
  assert.equal(objects.stored.size, before);
});

test('unknown columns and duplicate names are reported', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const problemsOf = async (columns: Record<string, string>) =>
    (await outlineOf(rename, { columns }, dataset)).problems.map(({ param, message }) => [
      param.join('.'),
      message,
    ]);
  assert.deepEqual(await problemsOf({ a: 'x' }), []);
  assert.deepEqual(await problemsOf({ d: 'x' }), [['columns.d', "no column 'd' in the dataset"]]);
  assert.deepEqual(await problemsOf({ a: 'c' }), [['columns.a', "two columns would be named 'c'"]]);
  assert.deepEqual(await problemsOf({ a: 'x', b: 'x' }), [['columns.b', "two columns would be named 'x'"]]);
  await assert.rejects(
    rename.run(
      contextOf({ columns: { a: 'c' } as Record<string, string> }, { inputs: { dataset }, objects }),
    ),
    EtudeError,
  );
});
