import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import type { Pipeline } from '../../../src/pipeline/recipe/pipeline.js';
import { StagePool } from '../../../src/pipeline/run/stage-pool.js';
import { verifyStage } from '../../../src/pipeline/verify/verify-stage.js';
import type { DatasetArtifact } from '../../../src/stage/artifact.js';
import { lie } from '../../support/poison.js';
import type { Project } from '../../support/project.js';
import { toneProject } from '../../support/tone-project.js';

let project: Project;
let cache: DiskCache;
let pipeline: Pipeline;
const pool = new StagePool();
const entries = new Map<string, Entry>();
before(async () => {
  project = toneProject(70);
  project.write(
    'recipe.yaml',
    `stages:
  clips: { uses: load, with: { path: clips } }
  speech: { uses: cast-audio, from: clips, with: { column: audio, sampling_rate: 16000 } }
`,
  );
  await project.run();
  cache = await openCache(project.path('.etude'));
  for (const { entry } of await cache.entries.all()) entries.set(entry.stage, entry);
  const loaded = await loadPipeline(project.path('recipe.yaml'), {});
  pipeline = (loaded as { pipeline: Pipeline }).pipeline;
});

after(() => pool.close());

async function verify(change: (artifact: DatasetArtifact) => unknown) {
  const stage = pipeline.stages.find(({ id }) => id === 'speech')!;
  const { signal } = new AbortController();
  const engine = { name: 'cpu', id: 'cpu' };
  const at = { pipeline, cache, engine, entries, pool, sample: 1, signal, kill: signal };
  return verifyStage(stage, await lie<DatasetArtifact>(entries.get('speech')!, change), at);
}

test('a sample of an honest result is equal, and says how much was computed', async () => {
  const { verdict, sampled } = await verify(() => undefined);
  const of = (entries.get('speech')!.artifact as DatasetArtifact).chunks.length;
  assert.ok(of > 2, String(of));
  assert.deepEqual({ verdict, sampled }, { verdict: 'equal', sampled: { chunks: 1, of } });
});

const lies: Record<string, (artifact: DatasetArtifact) => unknown> = {
  'class names in another order': ({ features }) => {
    const { label } = features;
    if (label?._type === 'ClassLabel') label.names.reverse();
  },
  'a column that is not there': ({ features }) => {
    features.more = { _type: 'Value', dtype: 'string' };
  },
  'rows that the splits lack': ({ splits }) => {
    splits.train = { num_rows: 69, ranges: [[0, 69]] };
  },
  'a split of another name': (artifact) => {
    artifact.splits = { test: artifact.splits.train! };
  },
  'one chunk less': ({ chunks, splits }) => {
    const { rows } = chunks.pop()!;
    splits.train = { num_rows: 70 - rows, ranges: [[0, 70 - rows]] };
  },
};
for (const [name, change] of Object.entries(lies)) {
  test(`a sample finds ${name}, whichever chunk is drawn`, async () => {
    assert.equal((await verify(change)).verdict, 'different');
  });
}

test('columns that are only passed on are compared for all chunks, whichever is drawn', async () => {
  for (const i of [0, 1]) {
    const { verdict } = await verify(({ chunks }) => {
      chunks[i]!.columns.label = chunks[2]!.columns.label!;
    });
    assert.equal(verdict, 'different');
  }
});
