import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { trimmedRange } from '../../src/learning/audio/trim.js';
import type { AudioSamples } from '../../src/learning/data/column.js';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { TrimParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import trim from '../../stages/trim.js';
import { clipDataset, numbered } from '../support/clips.js';
import { withDefaults } from '../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { silentEnds, TRIMS } from '../support/silent-ends.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';

const fixture = new URL('../fixtures/trim/expected.json', import.meta.url);
const expected: Record<string, [number, number][]> = JSON.parse(readFileSync(fixture, 'utf8'));
const clips = silentEnds();
const features: Features = { audio: { _type: 'Audio', storage: 'samples', sampling_rate: 1000 } };
const stores = () => ({ objects: new MemoryObjects(), chunks: new MemoryChunkResults() });

/** The first clips as a dataset, in chunks of two. */
const dataset = (objects: MemoryObjects, names = Object.keys(clips).slice(0, 5)) =>
  makeDataset(
    features,
    { audio: names.map((name) => (name === '' ? null : { array: clips[name]!, path: `${name}.wav` })) },
    objects,
    2,
  );

async function run(input: DatasetArtifact, given: Partial<TrimParams>, { objects, chunks } = stores()) {
  const params = await withDefaults<TrimParams>('trim', given);
  const result = await trim.run(contextOf(params, { inputs: { dataset: input }, objects, chunks }));
  const artifact = result.artifact as DatasetArtifact;
  const audio = (await openDataset(artifact, objects).column('train', 'audio')) as AudioSamples[];
  return { ...result, artifact, arrays: audio.map(({ array }) => array) };
}

test('clips are trimmed where librosa trims them', () => {
  for (const [name, ranges] of Object.entries(expected))
    for (const [i, options] of TRIMS.entries()) {
      const range = trimmedRange(clips[name]!, options) ?? [0, clips[name]!.length];
      assert.deepEqual(range, ranges[i], `${name}, ${JSON.stringify(options)}`);
    }
  assert.equal(trimmedRange(clips.silent!, TRIMS[0]!), undefined);
  assert.equal(trimmedRange(clips['below 1e-5']!, TRIMS[0]!), undefined);
});

test('a stage trims every clip, keeps the padding asked for, and counts what it removed', async () => {
  const both = stores();
  const input = await dataset(both.objects);
  const { arrays, summary, rowsComputed, artifact } = await run(input, { top_db: 30 }, both);
  const names = Object.keys(clips).slice(0, 5);
  const ranges = names.map((name) => expected[name]![1]!);
  assert.deepEqual(
    arrays,
    ranges.map(([start, end], i) => clips[names[i]!]!.subarray(start, end)),
  );
  const removed = ranges.reduce((sum, [start, end], i) => sum + clips[names[i]!]!.length - (end - start), 0);
  assert.equal(summary, `trimmed 3 of 5 clips by ${(removed / 1000).toFixed(1)} s`);
  assert.equal(rowsComputed, 5);
  assert.deepEqual(Object.keys(artifact.features), ['audio']);
  assert.deepEqual(Object.keys(artifact.chunks[0]!.columns), ['audio']);
  const padded = await run(input, { top_db: 30, pad_s: 0.1 }, both);
  const [start, end] = ranges[0]!;
  assert.deepEqual(padded.arrays[0], clips[names[0]!]!.subarray(start - 100, end + 100));
  assert.equal(padded.arrays[3]!.length, clips[names[3]!]!.length, 'no more than there is');
});

test('only new clips are trimmed, also after an interruption', async () => {
  const both = stores();
  const input = await dataset(both.objects);
  const controller = new AbortController();
  const set = both.chunks.set.bind(both.chunks);
  both.chunks.set = async (key, chunk) => {
    await set(key, chunk);
    controller.abort();
  };
  const params = await withDefaults<TrimParams>('trim', {});
  const context = contextOf(params, { inputs: { dataset: input }, ...both, signal: controller.signal });
  await assert.rejects(trim.run(context), { name: 'AbortError' });
  both.chunks.set = set;
  assert.equal((await run(input, {}, both)).rowsComputed, 3);
  const more = await dataset(both.objects, [...Object.keys(clips).slice(0, 4), 'clip 6']);
  assert.equal((await run(more, {}, both)).rowsComputed, 1);
});

test('silent and missing clips are named together, kept, or left out', async () => {
  const both = stores();
  const input = await dataset(both.objects, ['clip 0', 'silent', '', 'clip 1']);
  await assert.rejects(run(input, {}, both), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /silent\.wav: the clip is silent from start to end/);
    assert.match(error.describe(), /row 2: there is no audio in this row/);
    assert.match(error.describe(), /silent_clips: keep/);
    return true;
  });
  const skipping = await run(input, { on_error: 'skip', top_db: 30 }, both);
  assert.match(skipping.summary!, /^trimmed 2 of 2 clips by .* s, 2 skipped$/);
  const keeping = await run(
    await dataset(both.objects, ['clip 0', 'silent']),
    { silent_clips: 'keep' },
    both,
  );
  assert.equal(keeping.arrays[1]!.length, clips.silent!.length);
  await assert.rejects(run(await dataset(both.objects, ['silent']), { on_error: 'skip' }, both), /silent/);
});

test('mistakes are found before anything runs', async () => {
  const objects = new MemoryObjects();
  const params = await withDefaults<TrimParams>('trim', {});
  const decoded = await outlineOf(trim, params, await dataset(objects));
  assert.deepEqual([decoded.problems, decoded.outline?.kind], [[], 'dataset']);
  const encoded = await outlineOf(trim, params, await clipDataset(objects, numbered(0, 2, 2)));
  assert.match(encoded.problems[0]!.message, /is not decoded: add a cast-audio stage/);
  assert.equal(encoded.outline, undefined);
  const unknown = await outlineOf(trim, { ...params, column: 'sound' }, await dataset(objects));
  assert.equal(unknown.problems[0]!.suggestion, 'audio');
  await assert.rejects(withDefaults('trim', { top_db: 0 }));
});
