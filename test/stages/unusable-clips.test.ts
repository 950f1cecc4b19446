import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import { checkArtifact } from '../../src/stage/artifact-shape.js';
import { EtudeError } from '../../src/util/errors.js';
import castAudio from '../../stages/cast-audio.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import { clipBytes, clipDataset, numbered } from '../support/clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, placeAt, sourcesOf } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';
import { pcm16, wavFile } from '../support/wav-file.js';

const float = (...values: number[]) =>
  wavFile({ tag: 3, bits: 32, data: new Uint8Array(Float32Array.from(values).buffer) });

/** The largest number in 32 bits: resampling exceeds it. */
const loud = () => {
  const samples = Float32Array.from({ length: 400 }, (_, i) => (i < 200 ? 3.4e38 : -3.4e38));
  return wavFile({ tag: 3, bits: 32, sampling_rate: 8000, data: new Uint8Array(samples.buffer) });
};

/** Ten ways for a clip to be bad; the last two decode, but no model accepts them. */
const BAD: [bytes: Uint8Array | null, reason: RegExp][] = [
  [new Uint8Array(0), /^audio file is empty$/],
  [null, /^there are no audio bytes in this row, only a path$/],
  [clipBytes(1).subarray(0, 100), /^WAV file is truncated \(expected 440 bytes/],
  [Buffer.from('<html>404</html>'), /^not audio: starts with '<html>404/],
  [pcm16([]), /^audio has no samples$/],
  [float(0, Number.NaN), /^sample 1 is not a finite number \(got NaN\)$/],
  [Buffer.concat([Buffer.from('....ftypM4A '), new Uint8Array(99)]), /^MPEG-4 \(M4A, MP4\) is not supported/],
  [wavFile({ data: new Uint8Array(64), tag: 17, bits: 8 }), /^WAV encoding is not supported: IMA ADPCM/],
  [
    pcm16(new Float32Array(150)),
    /^the clip is too short for the model \(expected at least 400 samples at 16000 Hz, got 150\)$/,
  ],
  [loud(), /^the samples are too large/],
];

const folder = tempFolder('unusable');
writeFileSync(join(folder, 'preprocessor_config.json'), '{}');
writeFileSync(join(folder, 'config.json'), '{"model_type": "wav2vec2"}');

/**
 * Forty clips in chunks of 8, every fourth of them bad, and what runs the two stages on them with the same
 * stores.
 */
async function stages(splits: Record<string, number[]>) {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const clips = await clipDataset(stores.objects, numbered(0, 40, 8), splits, (number) =>
    number % 4 === 1
      ? BAD[(number - 1) / 4]![0]
      : pcm16(Float32Array.from({ length: 500 + number }, Math.random)),
  );
  const warnings: string[] = [];
  const log = (level: string, text: string) => void (level === 'warning' && warnings.push(text));
  const cast = async (on_error: 'fail' | 'skip', cores = 1) => {
    const params = { column: 'audio', sampling_rate: 16000, mono: true as const, on_error };
    return castAudio.run(contextOf(params, { inputs: { dataset: clips }, ...stores, log, cores }));
  };
  const preprocess = async (dataset: DatasetArtifact, given: object) => {
    const params = {
      feature_extractor: '.',
      column: 'audio',
      truncation: false,
      padding: false,
      remove_columns: ['audio'],
      batch_size: 3,
      on_error: 'fail',
      ...given,
    } as Parameters<typeof mapPreprocess.run>[0]['params'];
    const place = placeAt(folder);
    const sources = await sourcesOf(mapPreprocess, params, place);
    return mapPreprocess.run(contextOf(params, { inputs: { dataset }, ...stores, log, sources, place }));
  };
  return { ...stores, warnings, cast, preprocess };
}

const all = Array.from({ length: 40 }, (_, i) => i);
const bad = all.filter((number) => number % 4 === 1);

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('no error'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof EtudeError, String(error));
  return error.describe();
}

describe('clips that cannot be used', () => {
  it('are named all at once, each with split, row, file and reason; finished work is kept', async () => {
    const { cast, chunks } = await stages({ train: all.slice(0, 20), test: all.slice(20) });
    const problem = (await problemOf(cast('fail', 2))).split('\n');
    assert.equal(problem[0], '9 of 40 clips cannot be used:');
    bad.slice(0, 8).forEach((number, i) => {
      const [split, row] = number < 20 ? ['train', number] : ['test', number - 20];
      const name = `  ${split} row ${row}, clips/${number}.wav: `;
      assert.ok(problem[1 + i]!.startsWith(name), problem[1 + i]);
      assert.match(problem[1 + i]!.slice(name.length), BAD[i]![1]);
    });
    // Decodable, but no later stage could use it, so it is reported now.
    assert.match(problem[9]!, /^ {2}test row 13, clips\/33.wav: 9 ms is too short for Wav2Vec2 and HuBERT/);
    assert.match(problem.at(-1)!, /on_error: skip/);
    assert.equal(chunks.stored.size, 5);
  });

  it('are skipped if requested: counted, named, with a warning; nothing is decoded again for that', async () => {
    const { cast, preprocess, objects, warnings } = await stages({ train: all });
    await problemOf(cast('fail'));
    const { artifact, rowsComputed, summary } = await cast('skip');
    assert.equal(rowsComputed, 0);
    assert.equal(summary, '32 clips, 8 skipped');
    assert.equal(warnings.length, 8);
    assert.match(warnings[0]!, /^skipped train row 1, clips\/1.wav: audio file is empty$/);
    const speech = artifact as DatasetArtifact;
    checkArtifact(speech, 'dataset');
    assert.deepEqual([speech.splits.train!.num_rows, speech.skipped!.rows], [32, 8]);
    assert.deepEqual(speech.skipped!.first[1], {
      split: 'train',
      row: 5,
      file: 'clips/5.wav',
      reason: 'there are no audio bytes in this row, only a path',
    });

    // The skipped rows stay in the chunks, where nothing reads them.
    const problem = await problemOf(preprocess(speech, {}));
    assert.match(problem, /^2 of 32 rows cannot be used:/);
    assert.match(
      problem,
      /clips\/33.wav: the clip is too short[\s\S]*clips\/37.wav: the samples are too large/,
    );
    for (const padding of [false, 'longest', 'max_length'] as const) {
      for (const return_attention_mask of [false, true]) {
        const given = { on_error: 'skip', padding, max_length: 600, return_attention_mask };
        const result = await preprocess(speech, given);
        const encoded = result.artifact as DatasetArtifact;
        // Padding makes a short clip long enough, unless a mask says what is padding.
        const skipped = padding === false || return_attention_mask ? 2 : 1;
        assert.equal(result.summary, `${32 - skipped} rows, ${skipped} skipped`);
        assert.equal(encoded.skipped?.rows, skipped);
        const reader = openDataset(encoded, objects);
        const values = (await reader.column('train', 'input_values')) as Float32Array[];
        assert.ok(values.every((row) => row.length >= 400 && row.every(Number.isFinite)));
        assert.deepEqual(
          await reader.column('train', 'label'),
          all.filter((n) => n % 4 !== 1 || (skipped === 1 && n === 33)).map((n) => n % 2),
        );
      }
    }
  });

  it('do not count if no split has them, and count once if two have', async () => {
    const good = all.filter((number) => !bad.includes(number));
    const none = await stages({ train: good });
    assert.equal((await none.cast('fail')).summary, '30 clips');
    const twice = await stages({ a: [1, ...good], b: [0, 1] });
    assert.match(
      await problemOf(twice.cast('fail')),
      /^1 of 31 clips cannot be used:\n {2}a row 0, clips\/1.wav: /,
    );
  });

  it('give a warning if they can be decoded but are hardly usable', async () => {
    const { cast, warnings } = await stages({ train: [0, 2, 33], test: [33] });
    const { artifact } = await cast('fail');
    assert.equal((artifact as DatasetArtifact).splits.train!.num_rows, 3);
    assert.deepEqual(warnings, [
      'train row 2, clips/33.wav: 9 ms is too short for Wav2Vec2 and HuBERT, which need at least 25 ms unless it is padded',
    ]);
  });

  it('are an error if there are no others', async () => {
    const { cast } = await stages({ train: bad.slice(0, 8) });
    assert.match(await problemOf(cast('skip')), /^8 of 8 clips cannot be used/);
  });
});
