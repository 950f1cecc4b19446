import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cache } from '../../../src/pipeline/cache/types.js';
import { compareSides } from '../../../src/pipeline/diff/compare-sides.js';
import type { Side, SideStage } from '../../../src/pipeline/diff/side.js';

const code = { get: async () => undefined, add: async () => undefined } as unknown as Cache['code'];

type Params = NonNullable<SideStage['with']>;
const parts = (params: Params, more: object = {}): SideStage['parts'] => ({
  format: 1,
  uses: 'load',
  params,
  sources: {},
  inputs: {},
  code: 'c',
  libraries: {},
  ...more,
});

const side = (stages: Record<string, SideStage>, more: Partial<Side> = {}): Side => ({
  kind: 'recipe',
  shown: 'x',
  stages: new Map(Object.entries(stages)),
  ...more,
});

const data = (params: Params, more: Partial<SideStage> = {}): SideStage => ({
  uses: 'load',
  from: {},
  with: params,
  parts: parts(params),
  ...more,
});

const texts = async (a: Side, b: Side) =>
  (await compareSides(a, b, code)).map(({ stage, kind, text }) => `${stage ?? '-'} ${kind}: ${text}`);

test('equal sides have no differences', async () => {
  assert.deepEqual(await texts(side({ data: data({ path: 'x' }) }), side({ data: data({ path: 'x' }) })), []);
});

test('added and removed stages, inputs, parameters and the engine', async () => {
  const a = side(
    { data: data({ path: 'x', n: 1 }), old: data({}), parts: { uses: 'split', from: { dataset: 'data' } } },
    { engine: 'cpu 1' },
  );
  const b = side(
    {
      fresh: data({}),
      data: data({ path: 'x', n: 2 }),
      parts: { uses: 'split', from: { dataset: 'fresh' } },
    },
    { engine: 'cpu 2' },
  );
  assert.deepEqual(await texts(a, b), [
    '- engine: engine cpu 1 → cpu 2',
    'fresh stage: added (load)',
    'data parameter: n 1 → 2',
    'parts wire: from.dataset data → fresh',
    'old stage: removed (load)',
  ]);
});

test('an unnamed input is the same as a named one', async () => {
  const a = side({ parts: { uses: 'split', from: { input: 'data' } } });
  const b = side({ parts: { uses: 'split', from: { dataset: 'data' } } });
  assert.deepEqual(await texts(a, b), []);
});

test('files, code, libraries and commits', async () => {
  const repository = (commit: string) => ({
    param: 'path',
    type: 'dataset' as const,
    id: 'o/n',
    revision: 'main',
    commit,
  });
  const of = (digest: string, version: string, commit: string) =>
    side({
      data: data(
        {},
        {
          parts: parts(
            {},
            { sources: { path: { 'a.wav': digest } }, code: digest, libraries: { lib: version } },
          ),
          repositories: [repository(commit)],
        },
      ),
    });
  assert.deepEqual(await texts(of('1', '1.0', 'aaaaaaaaaaaaaaaa'), of('2', '1.1', 'bbbbbbbbbbbbbbbb')), [
    'data data: a.wav changed',
    'data library: lib 1.0 → 1.1',
    'data code: code of stage type load changed',
    'data data: o/n@main aaaaaaaaaaaa → bbbbbbbbbbbb',
  ]);
});

test('rows, class names and metrics that both sides have computed', async () => {
  const of = (rows: number, label: string, accuracy: number, digest: string) =>
    side({
      data: data(
        { n: rows },
        { output: { kind: 'dataset', digest, rows: { train: rows }, labels: { label: ['no', label] } } },
      ),
      scores: {
        uses: 'evaluate',
        from: { dataset: 'data' },
        output: { kind: 'report', digest, metrics: { test: { accuracy, loss: 0.5 } } },
      },
    });
  assert.deepEqual(await texts(of(10, 'yes', 0.5, 'x'), of(1, 'yeah', 0.625, 'y')), [
    'data parameter: n 10 → 1',
    'data data: split train 10 rows → 1 row',
    'data data: class 1 of label yes → yeah',
    'scores metric: test accuracy 0.500 → 0.625 (+0.125)',
  ]);
});

test('a different result from the same inputs is a separate difference, reported once', async () => {
  const of = (digest: string) =>
    side({
      data: data({}, { output: { kind: 'dataset', digest } }),
      scores: { uses: 'evaluate', from: { dataset: 'data' }, output: { kind: 'report', digest } },
    });
  const found = await texts(of('1'), of('2'));
  assert.equal(found.length, 2);
  assert.match(found[0]!, /^data result: a different result from the same inputs/);
});

test('with a lock, the parameters that it has are compared, and long lists of files by their digest', async () => {
  const listed = { files: 2000, digest: 'd', listing: { a: '1' } };
  const recipe = side({
    data: data({ path: 'x', n: 1 }, { parts: parts({ n: 1 }, { sources: { path: listed } }) }),
  });
  const lock = (digest: string) =>
    side(
      {
        data: {
          uses: 'load',
          from: {},
          parts: parts({ n: 1 }, { sources: { path: { files: 2000, digest } } }),
        },
      },
      { kind: 'lock' },
    );
  assert.deepEqual(await texts(recipe, lock('d')), []);
  assert.deepEqual(await texts(recipe, lock('e')), ['data data: files of path changed (2000 files)']);
});
