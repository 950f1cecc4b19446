import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtudeError } from '../../src/util/errors.js';
import removeColumns from '../../stages/remove-columns.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';

const string = { _type: 'Value', dtype: 'string' } as const;

async function example(objects: MemoryObjects) {
  const values = Array.from({ length: 20 }, (_, i) => `v${i}`);
  return makeDataset(
    { path: string, text: string, lang: string },
    { path: values, text: values, lang: values },
    objects,
  );
}

test('columns are removed from the manifest, and nothing is stored or computed', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const before = objects.stored.size;
  const result = await removeColumns.run(
    contextOf({ columns: ['path', 'lang'] }, { inputs: { dataset }, objects }),
  );
  assert.ok(result.artifact.kind === 'dataset');
  assert.deepEqual(Object.keys(result.artifact.features), ['text']);
  assert.deepEqual(
    result.artifact.chunks,
    dataset.chunks.map(({ rows, columns }) => ({ rows, columns: { text: columns.text } })),
  );
  assert.deepEqual(result.artifact.splits, dataset.splits);
  assert.equal(result.rowsComputed, 0);
  assert.equal(objects.stored.size, before);
});

test('an unknown column is reported by outline with a suggestion, and refused by run', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const { problems, outline } = await outlineOf(
    removeColumns,
    { columns: ['path', 'langg', 'zzz'] },
    dataset,
  );
  assert.deepEqual(
    problems.map(({ param, suggestion }) => [param, suggestion]),
    [
      [['columns', 1], 'lang'],
      [['columns', 2], undefined],
    ],
  );
  assert.ok(outline?.kind === 'dataset');
  assert.deepEqual(Object.keys(outline.features), ['text', 'lang']);
  await assert.rejects(
    removeColumns.run(contextOf({ columns: ['langg'] }, { inputs: { dataset }, objects })),
    (error) => error instanceof EtudeError && /'langg'/.test(error.message) && /'lang'/.test(error.hint!),
  );
});
