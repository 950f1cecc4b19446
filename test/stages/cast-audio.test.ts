import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resample } from '../../src/learning/audio/resample.js';
import type { AudioSamples } from '../../src/learning/data/column.js';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import type { StageContext } from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import castAudio from '../../stages/cast-audio.js';
import { clipBytes, clipDataset, clipFeatures, numbered } from '../support/clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, outlineOf } from '../support/stage.js';

type Params = Parameters<typeof castAudio.run>[0]['params'];
const params: Params = { column: 'audio', sampling_rate: 16000, mono: true, on_error: 'fail' };
type Given = Partial<StageContext<Params>>;

/** Runs the stage, by default repeatedly with the same stores. */
function stages() {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const run = async (dataset: DatasetArtifact, given: Given = {}) => {
    const result = await castAudio.run(contextOf(params, { inputs: { dataset }, ...stores, ...given }));
    return { ...result, artifact: result.artifact as DatasetArtifact };
  };
  return { ...stores, run };
}

/** A signal that aborts once this many chunks are stored. */
function abortAfter(count: number, chunks: MemoryChunkResults): AbortSignal {
  const abort = new AbortController();
  const set = chunks.set.bind(chunks);
  chunks.set = async (key, result) => {
    await set(key, result);
    if (chunks.stored.size === count) abort.abort();
  };
  return abort.signal;
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('no error'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof EtudeError, String(error));
  return error.describe();
}

describe('cast-audio', () => {
  it('decodes and resamples the column, and leaves the others unchanged', async () => {
    const { objects, run } = stages();
    const dataset = await clipDataset(objects, numbered(0, 6, 4));
    const { artifact, rowsComputed, summary } = await run(dataset);
    assert.equal(rowsComputed, 6);
    assert.equal(summary, '6 clips');
    assert.deepEqual(artifact.features, {
      audio: { _type: 'Audio', sampling_rate: 16000, storage: 'samples' },
      label: clipFeatures.label,
    });
    assert.deepEqual(artifact.chunks[1]!.columns.label, dataset.chunks[1]!.columns.label);
    const clip = (await openDataset(artifact, objects).value('train', 'audio', 5)) as AudioSamples;
    assert.equal(clip.path, 'clips/5.wav');
    const pcm = new Int16Array(clipBytes(5).slice(44).buffer);
    const expected = resample(
      Float32Array.from(pcm, (value) => value / 32768),
      8000,
      16000,
    );
    assert.deepEqual(Float32Array.from(clip.array), expected);
  });

  it('resamples audio that is already decoded', async () => {
    const { objects, run } = stages();
    const { artifact } = await run(await clipDataset(objects, [[1]]));
    const again = await run(artifact, { params: { ...params, sampling_rate: 4000 } });
    const clip = (await openDataset(again.artifact, objects).value('train', 'audio', 0)) as AudioSamples;
    assert.equal(clip.array.length, 110);
  });

  it('decodes only new chunks when clips are added, and nothing when the splits change', async () => {
    const { objects, run } = stages();
    const before = numbered(0, 1000, 50);
    assert.equal((await run(await clipDataset(objects, before))).rowsComputed, 1000);
    const after = [...before.slice(0, 4), [...before[4]!, 2000, 2001, 2002, 2003, 2004], ...before.slice(5)];
    assert.equal((await run(await clipDataset(objects, after))).rowsComputed, 55);
    const rows = Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000);
    const splits = { train: rows.slice(0, 800), test: rows.slice(800) };
    const resplit = await run(await clipDataset(objects, before, splits));
    assert.equal(resplit.rowsComputed, 0);
    assert.equal(resplit.artifact.splits.test!.num_rows, 200);
  });

  it('decodes again when the rate or the code changes, but not when the column is renamed', async () => {
    const { objects, run } = stages();
    const dataset = await clipDataset(objects, [[0, 1]]);
    await run(dataset);
    assert.equal((await run(dataset)).rowsComputed, 0);
    assert.equal((await run(dataset, { code: 'other' })).rowsComputed, 2);
    assert.equal((await run(dataset, { params: { ...params, sampling_rate: 8000 } })).rowsComputed, 2);
    const renamed: DatasetArtifact = {
      ...dataset,
      features: { speech: dataset.features.audio! },
      chunks: dataset.chunks.map(({ rows, columns }) => ({ rows, columns: { speech: columns.audio! } })),
    };
    const result = await run(renamed, { params: { ...params, column: 'speech' } });
    assert.equal(result.rowsComputed, 0);
    assert.deepEqual(Object.keys(result.artifact.chunks[0]!.columns), ['speech']);
  });

  it('leaves out chunks of which no split has a row', async () => {
    const { objects, run } = stages();
    const dataset = await clipDataset(objects, numbered(0, 12, 4), { train: [11, 0, 9], test: [2] });
    const { artifact, rowsComputed } = await run(dataset);
    assert.equal(rowsComputed, 8);
    assert.equal(artifact.chunks.length, 2);
    const reader = openDataset(artifact, objects);
    const paths = async (split: string) =>
      (await reader.column(split, 'audio')).map((clip) => (clip as AudioSamples).path);
    assert.deepEqual(await paths('train'), ['clips/11.wav', 'clips/0.wav', 'clips/9.wav']);
    assert.deepEqual(await paths('test'), ['clips/2.wav']);
  });

  it('names file and row of a clip that it cannot decode, and keeps finished chunks', async () => {
    const { objects, chunks, run } = stages();
    const broken = await clipDataset(objects, numbered(0, 12, 4), undefined, (number) =>
      number === 9 ? clipBytes(9).subarray(0, 100) : clipBytes(number),
    );
    assert.match(await problemOf(run(broken)), /^clips\/9.wav row 9: WAV file is truncated/);
    assert.equal(chunks.stored.size, 3);
    assert.equal((await run(await clipDataset(objects, numbered(0, 12, 4)))).rowsComputed, 4);
  });

  it('says which row has no audio', async () => {
    const { objects, run } = stages();
    const dataset = await clipDataset(objects, [[0], [1]], undefined, (n) => (n === 1 ? null : clipBytes(n)));
    assert.match(await problemOf(run(dataset)), /^clips\/1.wav row 1: there are no audio bytes/);
  });

  it('stops when it is aborted, keeps finished chunks, and continues from there', async () => {
    const { objects, chunks, run } = stages();
    const dataset = await clipDataset(objects, numbered(0, 40, 4));
    await assert.rejects(run(dataset, { signal: abortAfter(3, chunks) }), { name: 'AbortError' });
    assert.equal(chunks.stored.size, 3);
    assert.equal((await run(dataset)).rowsComputed, 28);
  });

  it('reports progress up to the last row', async () => {
    const { objects, run } = stages();
    const reported: number[] = [];
    await run(await clipDataset(objects, numbered(0, 10, 4)), {
      progress: ({ done, total, unit }) => {
        assert.deepEqual([total, unit], [10, 'clips']);
        reported.push(done);
      },
    });
    assert.equal(reported[0], 0);
    assert.equal(reported.at(-1), 10);
  });
});

describe('cast-audio in worker threads', () => {
  it('gives the same, and names file and row of a clip that it cannot decode', async () => {
    const inline = stages();
    const threads = stages();
    const broken = await clipDataset(threads.objects, numbered(0, 12, 4), undefined, (number) =>
      number === 5 ? Buffer.from('hello, this is text') : clipBytes(number),
    );
    const problem = await problemOf(threads.run(broken, { cores: 2 }));
    assert.match(problem, /^clips\/5.wav row 5: not audio: starts with 'hello, this …'/);
    assert.equal(threads.chunks.stored.size, 3);
    const result = await threads.run(await clipDataset(threads.objects, numbered(100, 112, 4)), { cores: 2 });
    const expected = await inline.run(await clipDataset(inline.objects, numbered(100, 112, 4)));
    assert.deepEqual(result, expected);
  });

  it('stops when it is aborted', async () => {
    const { objects, chunks, run } = stages();
    const dataset = await clipDataset(objects, numbered(0, 40, 4));
    await assert.rejects(run(dataset, { cores: 2, signal: abortAfter(2, chunks) }), { name: 'AbortError' });
    assert.ok(chunks.stored.size >= 2 && chunks.stored.size < 10);
  });
});

describe('outline of cast-audio', () => {
  const outline = async (column: string) => {
    const dataset = await clipDataset(new MemoryObjects(), [[0, 1]]);
    return outlineOf(castAudio, { ...params, column }, dataset);
  };

  it('sets the sampling rate and keeps the rows', async () => {
    const { outline: result, problems } = await outline('audio');
    assert.deepEqual(problems, []);
    assert.deepEqual(result, {
      kind: 'dataset',
      features: { ...clipFeatures, audio: { _type: 'Audio', sampling_rate: 16000, storage: 'samples' } },
      splits: { train: 2 },
    });
  });

  it('reports a missing column, and one that is not audio', async () => {
    const missing = (await outline('audi')).problems[0]!;
    assert.deepEqual(missing.param, ['column']);
    assert.equal(missing.suggestion, 'audio');
    const label = (await outline('label')).problems[0]!;
    assert.match(label.message, /'label' is not audio/);
    assert.equal(label.got, 'ClassLabel');
  });
});
