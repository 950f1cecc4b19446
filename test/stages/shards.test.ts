import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Artifact, DatasetArtifact } from '../../src/stage/artifact.js';
import type { StageContext, StageType } from '../../src/stage/stage-type.js';
import castAudio from '../../stages/cast-audio.js';
import embed from '../../stages/embed.js';
import evaluate from '../../stages/evaluate.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import train from '../../stages/train.js';
import trim from '../../stages/trim.js';
import { clipDataset, numbered } from '../support/clips.js';
import { testEngine } from '../support/engine.js';
import { labelledClips, placeWithCheckpoint, withDefaults } from '../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, sourcesOf } from '../support/stage.js';

const { dir, place } = placeWithCheckpoint();
after(() => rmSync(dir, { recursive: true, force: true }));
const objects = new MemoryObjects();

/** Runs a stage with the finished chunks of others, and counts those that it adds. */
async function run(
  type: StageType<never>,
  given: Record<string, unknown>,
  inputs: Record<string, Artifact>,
  more: Partial<StageContext> = {},
) {
  const params = (await withDefaults(type.name, given)) as never;
  const chunks = (more.chunks as MemoryChunkResults | undefined) ?? new MemoryChunkResults();
  const before = chunks.stored.size;
  const sources = await sourcesOf(type, params, place);
  const context = contextOf(params, { objects, place, sources, inputs, engine: testEngine, ...more, chunks });
  const result = await type.run(context as never);
  return { ...result, added: chunks.stored.size - before, parts: type.parts?.(params, inputs) };
}

/** Runs three shards, one after the other, then the stage itself; and the stage without shards. */
async function assertDivided(
  type: StageType<never>,
  given: Record<string, unknown>,
  inputs: Record<string, Artifact>,
): Promise<void> {
  const whole = await run(type, given, inputs);
  const chunks = new MemoryChunkResults();
  const added: number[] = [];
  let rows = 0;
  for (const index of [0, 1, 2]) {
    const shard = await run(type, given, inputs, { chunks, shard: { index, count: 3 } });
    added.push(shard.added);
    rows += shard.rowsComputed ?? 0;
  }
  const parts = whole.parts!;
  assert.deepEqual(
    added,
    [0, 1, 2].map((index) => Math.ceil((parts - index) / 3)),
    type.name,
  );
  const last = await run(type, given, inputs, { chunks });
  assert.deepEqual(last.artifact, whole.artifact, type.name);
  assert.equal(last.summary, whole.summary);
  assert.equal(last.added, 0);
  if (whole.rowsComputed !== undefined) assert.deepEqual([rows, last.rowsComputed], [whole.rowsComputed, 0]);
}

test('chunks are computed by shards, each once, and the result is the same', async () => {
  const dataset = await clipDataset(objects, numbered(0, 14, 2));
  await assertDivided(castAudio as never, { column: 'audio', sampling_rate: 16000 }, { dataset });
  const speech = (await run(castAudio as never, { column: 'audio', sampling_rate: 16000 }, { dataset }))
    .artifact;
  await assertDivided(trim as never, {}, { dataset: speech });
  const feature_extractor = { feature_extractor_type: 'Wav2Vec2FeatureExtractor', sampling_rate: 16000 };
  await assertDivided(mapPreprocess as never, { feature_extractor }, { dataset: speech });
});

test('embeddings and predictions are computed by shards, and the result is the same', async () => {
  const clips = await labelledClips(objects);
  // More rows than a part has.
  const ranges = Array.from({ length: 10 }, (): [number, number] => [0, 14]);
  const dataset: DatasetArtifact = {
    ...clips,
    splits: { ...clips.splits, many: { num_rows: 140, ranges } },
  };
  await assertDivided(embed as never, { model: 'checkpoint' }, { dataset });
  const params = { model: 'checkpoint', per_device_train_batch_size: 4, max_steps: 1 };
  const { artifact: model } = await run(train as never, params, { dataset });
  const split = Object.keys(dataset.splits).filter((name) => dataset.splits[name]!.num_rows > 0);
  await assertDivided(evaluate as never, { split, batch_size: 2 }, { model, dataset });
});
