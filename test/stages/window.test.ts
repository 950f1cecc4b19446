import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { windowsOf } from '../../src/learning/audio/clip-windows.js';
import { decodeAudio } from '../../src/learning/audio/decode/decode-audio.js';
import type { AudioSamples, EncodedAudio } from '../../src/learning/data/column.js';
import { openDataset } from '../../src/learning/data/dataset.js';
import { warnOfRepeatedClips } from '../../src/learning/data/repeated-clips.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { WindowParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import split from '../../stages/split.js';
import window from '../../stages/window.js';
import { clipDataset } from '../support/clips.js';
import { withDefaults } from '../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { Project } from '../support/project.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';
import { pcm16, wavFile } from '../support/wav-file.js';

/** Hz. */
const RATE = 1000;
const ramp = (samples: number, first = 1) =>
  Float32Array.from({ length: samples }, (_, i) => (first + i) / 32767);
/** Clip 2 has 200 samples, clip 3 has 300, and so on; each starts at another level. */
const bytesOf = (number: number) => pcm16(ramp(100 * number, number), RATE);

const stores = () => ({ objects: new MemoryObjects(), chunks: new MemoryChunkResults() });

async function run(dataset: DatasetArtifact, given: Partial<WindowParams>, { objects, chunks } = stores()) {
  const params = await withDefaults<WindowParams>('window', { window_length_s: 0.1, ...given });
  const warnings: string[] = [];
  const log = (_level: string, text: string) => void warnings.push(text);
  const result = await window.run(contextOf(params, { inputs: { dataset }, objects, chunks, log }));
  const artifact = result.artifact as DatasetArtifact;
  const reader = openDataset(artifact, objects);
  const column = (name: string, of = 'train') => reader.column(of, name);
  /** First sample and number of samples of each window. */
  const heard = async (of = 'train') => {
    const pieces: [number, number][] = [];
    for (const value of (await column('audio', of)) as (EncodedAudio | AudioSamples)[]) {
      const samples =
        'array' in value ? value.array : (await decodeAudio(value.bytes!, { name: 'window' })).samples;
      pieces.push([Math.round(samples[0]! * 32768), samples.length]);
    }
    return pieces;
  };
  return { ...result, artifact, warnings, column, heard };
}

test('windows lie a hop apart, and the last one is moved, padded, shortened or left out', () => {
  const cut = (samples: number, remainder: 'shift' | 'pad' | 'keep' | 'drop', hop = 4, shortest = 1) =>
    windowsOf(samples, { length: 4, hop, remainder, shortest });
  for (const remainder of ['shift', 'pad', 'keep', 'drop'] as const)
    assert.deepEqual(
      cut(8, remainder),
      [
        [0, 4],
        [4, 8],
      ],
      remainder,
    );
  assert.deepEqual(cut(9, 'shift'), [
    [0, 4],
    [4, 8],
    [5, 9],
  ]);
  assert.deepEqual(cut(9, 'pad'), [
    [0, 4],
    [4, 8],
    [8, 9],
  ]);
  assert.deepEqual(cut(9, 'keep', 4, 2), [
    [0, 4],
    [4, 8],
  ]);
  assert.deepEqual(cut(9, 'drop'), [
    [0, 4],
    [4, 8],
  ]);
  assert.deepEqual(cut(7, 'keep', 2), [
    [0, 4],
    [2, 6],
    [4, 7],
  ]);
  assert.deepEqual(
    cut(8, 'keep', 2),
    [
      [0, 4],
      [2, 6],
      [4, 8],
    ],
    'a window that ends with the clip is the last',
  );
  assert.deepEqual(cut(3, 'shift'), [[0, 3]]);
  assert.deepEqual(cut(3, 'shift', 4, 4), []);
  assert.deepEqual(cut(3, 'drop'), []);
  assert.deepEqual(cut(9, 'shift', 6), [
    [0, 4],
    [5, 9],
  ]);
  assert.deepEqual(cut(6, 'keep', 6), [[0, 4]], 'nothing begins in the gap between windows');
});

test('each window is a row that repeats the other columns and remembers its clip', async () => {
  const both = stores();
  const dataset = await clipDataset(both.objects, [[2, 3], [4]], { train: [2, 0], test: [1] }, bytesOf);
  const { artifact, summary, rowsComputed, column, heard } = await run(
    dataset,
    { hop_length_s: 0.05, split: 'train', window_length_s: 0.15 },
    both,
  );
  assert.deepEqual(await heard(), [
    ...[4, 54, 104, 154, 204, 254].map((at) => [at, 150]),
    [2, 150],
    [52, 150],
  ]);
  assert.deepEqual(await column('start'), [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0, 0.05]);
  assert.deepEqual(await column('label'), Array(8).fill(0));
  const clips = await column('clip');
  assert.equal(new Set(clips).size, 2);
  assert.deepEqual(clips, [...Array(6).fill(clips[0]), ...Array(2).fill(clips[6])]);
  assert.deepEqual(
    ((await column('audio')) as EncodedAudio[]).map(({ path }) => path),
    [...Array(6).fill('clips/4.wav'), ...Array(2).fill('clips/2.wav')],
  );
  assert.deepEqual(await heard('test'), [[3, 300]], 'other splits stay whole');
  assert.deepEqual(await column('start', 'test'), [0]);
  assert.equal(summary, 'windows: train 8 of 2 clips');
  assert.equal(rowsComputed, 3);
  assert.deepEqual(Object.keys(artifact.features), ['audio', 'label', 'clip', 'start']);
});

test('decoded audio and WAV files of every encoding are cut alike; others are decoded', async () => {
  const features: Features = { audio: { _type: 'Audio', storage: 'samples', sampling_rate: RATE } };
  const both = stores();
  const audio = [{ array: ramp(250), path: null }];
  const dataset = await makeDataset(features, { audio }, both.objects);
  const padded = await run(dataset, { remainder: 'pad' }, both);
  assert.deepEqual(await padded.heard(), [
    [1, 100],
    [101, 100],
    [201, 100],
  ]);
  const last = (await padded.column('audio'))[2] as AudioSamples;
  assert.ok(last.array.subarray(50).every((sample) => sample === 0));

  const files: [Uint8Array, remainder?: 'pad'][] = [
    [
      wavFile({
        data: new Uint8Array(250 * 2).map((_, i) => i % 200),
        bits: 8,
        channels: 2,
        sampling_rate: RATE,
      }),
    ],
    [wavFile({ data: new Uint8Array(250 * 3).map((_, i) => i % 200), bits: 24, sampling_rate: RATE })],
    [wavFile({ data: new Uint8Array(251).map((_, i) => i), tag: 7, bits: 8, sampling_rate: RATE })],
    [wavFile({ data: new Uint8Array(250 * 4), tag: 3, bits: 32, sampling_rate: RATE })],
    // What comes before the samples is more than is read at first.
    [
      wavFile({
        data: new Uint8Array(500).fill(1),
        sampling_rate: RATE,
        before: [{ id: 'LIST', body: new Uint8Array(1e5) }],
      }),
    ],
    [readFileSync(new URL('../fixtures/audio/vorbis.ogg', import.meta.url))],
  ];
  for (const [i, [bytes]] of files.entries()) {
    const name = { name: 'clip' };
    const { samples, sampling_rate } = await decodeAudio(bytes, name);
    const encoded = await clipDataset(both.objects, [[2]], undefined, () => bytes);
    const { column } = await run(encoded, { remainder: 'pad' }, both);
    const windows = (await column('audio')) as EncodedAudio[];
    const length = sampling_rate / 10;
    assert.equal(windows.length, Math.ceil(samples.length / length), `file ${i}`);
    const whole = new Float32Array(windows.length * length);
    for (const [at, window] of windows.entries()) {
      const decoded = await decodeAudio(window.bytes!, name);
      assert.equal(decoded.sampling_rate, sampling_rate);
      whole.set(decoded.samples, at * length);
    }
    assert.deepEqual(whole.subarray(0, samples.length), samples, `file ${i}`);
    assert.ok(
      whole.subarray(samples.length).every((sample) => Math.abs(sample) < 0.001),
      `file ${i}`,
    );
  }
});

test('only clips in new chunks are cut, also after an interruption', async () => {
  const both = stores();
  const some = await clipDataset(both.objects, [[2, 3], [4]], undefined, bytesOf);
  const controller = new AbortController();
  const set = both.chunks.set.bind(both.chunks);
  both.chunks.set = async (key, chunk) => {
    await set(key, chunk);
    controller.abort();
  };
  const params = await withDefaults<WindowParams>('window', { window_length_s: 0.1 });
  const context = contextOf(params, { inputs: { dataset: some }, ...both, signal: controller.signal });
  await assert.rejects(window.run(context), { name: 'AbortError' });
  both.chunks.set = set;
  const resumed = await run(some, {}, both);
  assert.equal(resumed.rowsComputed, 1);
  assert.deepEqual(
    resumed.artifact,
    (await run(some, {}, { ...both, chunks: new MemoryChunkResults() })).artifact,
  );
  const more = await clipDataset(both.objects, [[2, 3], [5, 6], [4]], undefined, bytesOf);
  assert.equal((await run(more, {}, both)).rowsComputed, 2);
  assert.equal(
    (await run(more, { hop_length_s: 0.05 }, both)).rowsComputed,
    5,
    'other windows are other work',
  );
});

test('clips that cannot be read are named together, or left out', async () => {
  const both = stores();
  const dataset = await clipDataset(both.objects, [[2, 3, 4, 5]], undefined, (number) =>
    number === 3 ? Buffer.from('no audio') : number === 4 ? null : bytesOf(number),
  );
  await assert.rejects(run(dataset, {}, both), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /clips\/3\.wav: not audio/);
    assert.match(error.describe(), /row 2: there is no audio in this row/);
    return true;
  });
  const skipping = await run(dataset, { on_error: 'skip' }, both);
  assert.equal(skipping.summary, 'windows: train 7 of 2 clips; 2 skipped');
  assert.equal(skipping.artifact.skipped?.rows, 2);
});

test('clips without a window are counted; a dataset without any is an error', async () => {
  const both = stores();
  const rows = { train: [0, 1], test: [0] };
  const dataset = await clipDataset(both.objects, [[2, 3]], rows, bytesOf);
  const some = await run(dataset, { window_length_s: 0.3, min_length_s: 0.25 }, both);
  assert.equal(some.summary, 'windows: train 1 of 2 clips, 1 too short; test 0 of 1 clip, 1 too short');
  assert.deepEqual(some.warnings, ["no clip of split 'test' is long enough for a window"]);
  await assert.rejects(
    run(dataset, { window_length_s: 1, remainder: 'drop' }, both),
    /no clip is long enough/,
  );
});

test('clips of equal content stay apart', async () => {
  const both = stores();
  const dataset = await clipDataset(both.objects, [[2, 2]], undefined, bytesOf);
  const clips = await (await run(dataset, {}, both)).column('clip');
  assert.deepEqual(clips.slice(2), Array(2).fill(`${clips[0]}#2`));
});

test('windows of one clip in two splits are noticed, and grouping by clip avoids it', async () => {
  const both = stores();
  const dataset = await clipDataset(both.objects, [[4, 5, 6, 7]], undefined, bytesOf);
  const { artifact } = await run(dataset, {}, both);
  const parts = async (given: object) => {
    const params = await withDefaults<Parameters<typeof split.run>[0]['params']>('split', {
      seed: 1,
      ...given,
    });
    const warnings: string[] = [];
    const log = (_level: string, text: string) => void warnings.push(text);
    await split.run(contextOf(params, { inputs: { dataset: artifact }, ...both, log }));
    return warnings.filter((text) => text.includes('windows of'));
  };
  const [warning, ...others] = await parts({ test_size: 0.5 });
  assert.match(warning!, /^windows of \d clips are in 'test' and in 'train': split before window/);
  assert.deepEqual(others, []);
  assert.deepEqual(await parts({ test_size: 0.5, group_by_column: 'clip' }), []);
  // The same clip twice, in two splits before it is cut.
  const repeated = await clipDataset(both.objects, [[4, 4]], { train: [0], test: [1] }, bytesOf);
  const warnings: string[] = [];
  const log = (_level: string, text: string) => void warnings.push(text);
  await warnOfRepeatedClips(contextOf({}, { ...both, log }), (await run(repeated, {}, both)).artifact);
  assert.match(warnings[0]!, /windows of a clip are in 'test' and in 'train'/);
});

test('mistakes are found before anything runs, and the new columns are known', async () => {
  const dataset = await clipDataset(new MemoryObjects(), [[2, 3]], undefined, bytesOf);
  const params = await withDefaults<WindowParams>('window', { window_length_s: 0.1 });
  const { outline, problems } = await outlineOf(window, params, dataset);
  assert.deepEqual(problems, []);
  assert.ok(outline?.kind === 'dataset');
  assert.deepEqual(Object.keys(outline.features), ['audio', 'label', 'clip', 'start']);
  assert.deepEqual(outline.splits, { train: undefined });
  const wrong = { ...params, column: 'label', min_length_s: 1, split: ['tran'] };
  const named = { ...dataset, features: { ...dataset.features, clip: dataset.features.label! } };
  const found = (await outlineOf(window, wrong, named)).problems.map(({ param, message }) => [
    param[0],
    message,
  ]);
  assert.deepEqual(found, [
    ['split', "no split 'tran' in the dataset"],
    ['min_length_s', 'no window is this long'],
    ['column', "column 'label' is not audio"],
    [undefined, "the dataset already has a column 'clip'"],
  ]);
  await assert.rejects(withDefaults('window', { window_length_s: 0 }), /0\.025/);
});

test('in a recipe, windows go on to the next stages as rows', async () => {
  const files = Object.fromEntries([2, 3, 4].map((number) => [`clips/a/${number}.wav`, bytesOf(number)]));
  const project = new Project({
    'recipe.yaml': `name: windows
stages:
  calls: { uses: load, with: { path: clips } }
  pieces: { uses: window, from: calls, with: { window_length_s: 0.1, hop_length_s: 0.05 } }
  speech: { uses: cast-audio, from: pieces, with: { sampling_rate: 1000 } }
`,
    ...files,
  });
  const ran = await project.run();
  assert.equal(ran.stages.pieces?.summary, 'windows: train 15 of 3 clips');
  assert.equal(ran.stages.speech?.summary, '15 clips');
  const { stages } = await (await project.open()).plan();
  assert.ok(stages.every(({ type }) => type === 'hit'));
});
