import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { extractFeatures } from '../../src/learning/audio/feature-extractor.js';
import { featureExtractorConfig } from '../../src/learning/audio/preprocessor-config.js';
import type { AudioSamples } from '../../src/learning/data/column.js';
import { openDataset } from '../../src/learning/data/dataset.js';
import { matrixFeature, toRows } from '../../src/learning/data/matrix.js';
import { locateConfig } from '../../src/learning/preprocess/locate-config.js';
import { transform } from '../../src/learning/preprocess/preprocess-chunk.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import castAudio from '../../stages/cast-audio.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import { clipDataset, numbered } from '../support/clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, outlineOf, placeAt, sourcesOf } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';

type Params = Parameters<typeof mapPreprocess.run>[0]['params'];

const defaults: Params = {
  feature_extractor: {},
  column: 'audio',
  truncation: false,
  padding: false,
  remove_columns: [],
  batch_size: 1000,
  on_error: 'fail',
};
const list = (dtype: 'float32' | 'int32') => ({ _type: 'List', feature: { _type: 'Value', dtype } }) as const;

const speechFeature = { _type: 'Audio', sampling_rate: 16000, storage: 'samples' } as const;

const folder = tempFolder('extractor');

/** Clips at 16 kHz in chunks of 4, and what runs the stage on them with the same stores. */
async function stage(rows = 10) {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const inputs = { dataset: await clipDataset(stores.objects, numbered(0, rows, 4)) };
  const cast = { column: 'audio', sampling_rate: 16000, mono: true as const, on_error: 'fail' as const };
  const speech = (await castAudio.run(contextOf(cast, { inputs, ...stores }))).artifact as DatasetArtifact;
  const run = async (given: Partial<Params>) => {
    const params = { ...defaults, ...given };
    const place = placeAt(folder);
    const sources = await sourcesOf(mapPreprocess, params, place);
    const parts = { inputs: { dataset: speech }, sources, place };
    const result = await mapPreprocess.run(contextOf(params, { ...stores, ...parts }));
    const artifact = result.artifact as DatasetArtifact;
    const reader = openDataset(artifact, stores.objects);
    return { ...result, artifact, column: (name: string) => reader.column('train', name) };
  };
  const audio = await openDataset(speech, stores.objects).column('train', 'audio');
  return { run, speech, clips: audio.map((clip) => Float32Array.from((clip as AudioSamples).array)) };
}

const values = (column: unknown[]) => column.map((row) => Float32Array.from(row as Float32Array));

describe('map-preprocess', () => {
  it('adds normalised input_values, truncated to max_length, and removes columns', async () => {
    const { run, clips } = await stage();
    const { artifact, column, rowsComputed } = await run({
      max_length: 450,
      truncation: true,
      remove_columns: ['audio'],
    });
    assert.equal(rowsComputed, 10);
    assert.deepEqual(Object.keys(artifact.features), ['label', 'input_values']);
    assert.deepEqual(artifact.features.input_values, list('float32'));
    assert.deepEqual(Object.keys(artifact.chunks[0]!.columns), ['label', 'input_values']);
    const options = { max_length: 450, truncation: true };
    const expected = extractFeatures(clips, featureExtractorConfig({}), options);
    assert.deepEqual(values(await column('input_values')), expected.input_values);
    assert.ok(expected.input_values.some(({ length }) => length < 450));
  });

  it('pads to the longest of batch_size rows of a chunk, with a mask if requested', async () => {
    const { run, clips } = await stage();
    const { artifact, column } = await run({
      padding: 'longest',
      return_attention_mask: true,
      batch_size: 3,
    });
    assert.deepEqual(artifact.features.attention_mask, list('int32'));
    const batches = [
      [0, 3],
      [3, 4],
      [4, 7],
      [7, 8],
      [8, 10],
    ].map(([start, end]) =>
      extractFeatures(clips.slice(start, end), featureExtractorConfig({}), {
        padding: true,
        return_attention_mask: true,
      }),
    );
    assert.deepEqual(
      values(await column('input_values')),
      batches.flatMap(({ input_values }) => input_values),
    );
    assert.deepEqual(
      (await column('attention_mask')).map((row) => Int32Array.from(row as number[])),
      batches.flatMap(({ attention_mask }) => attention_mask!),
    );
  });

  it('uses the feature extractor of a checkpoint folder', async () => {
    writeFileSync(
      join(folder, 'preprocessor_config.json'),
      '{"do_normalize": false, "return_attention_mask": true}',
    );
    const { run, clips } = await stage(4);
    const { artifact, column } = await run({ feature_extractor: '.' });
    assert.deepEqual(values(await column('input_values')), clips);
    assert.ok('attention_mask' in artifact.features);
  });

  it('makes spectrograms in columns named as in transformers', async () => {
    const { run, clips } = await stage();
    const ast = { feature_extractor_type: 'ASTFeatureExtractor', num_mel_bins: 8 } as const;
    const { artifact, column } = await run({ feature_extractor: ast, max_length: 6 });
    // For augment, as long as the audio is still there.
    const config = featureExtractorConfig({ ...ast, max_length: 6 });
    const extracted = { column: 'audio', config: { ...config }, options: {} };
    assert.deepEqual(artifact.features.input_values, { ...matrixFeature([6, 8]), extracted });
    const { input_values } = extractFeatures(clips, featureExtractorConfig({ ...ast, max_length: 6 }));
    assert.deepEqual(
      await column('input_values'),
      input_values.map((matrix) => toRows(matrix, 8)),
    );

    const whisper = {
      feature_extractor_type: 'WhisperFeatureExtractor',
      feature_size: 3,
      chunk_length: 1,
    } as const;
    const { artifact: encoded } = await run({ feature_extractor: whisper, remove_columns: 'audio' });
    assert.deepEqual(encoded.features.input_features, matrixFeature([3, 100]));
    assert.equal((await run({ feature_extractor: whisper, truncation: true })).rowsComputed, 0);
  });

  it('refuses clips that are shorter than a frame of a spectrogram', async () => {
    const config = featureExtractorConfig({ feature_extractor_type: 'ASTFeatureExtractor' });
    const reasons: string[] = [];
    const clip = { array: new Float32Array(399), path: 'a.wav' };
    const made = await transform.transform({
      params: { config, options: {} },
      rows: 1,
      inputs: { audio: { feature: speechFeature, column: { length: 1, get: () => clip } } },
      unusable: (_, error) => reasons.push(`${(error as Error).message}`),
      doubt: () => {},
      rowDone: async () => {},
    });
    assert.deepEqual(made.input_values, [null]);
    assert.match(reasons.join(), /^the clip is too short for the model$/);
  });

  it('finds finished chunks again under parameters that mean the same', async () => {
    const { run } = await stage(4);
    await run({ max_length: 300, truncation: true });
    const same: Partial<Params>[] = [
      { batch_size: 8 },
      { padding: 'do_not_pad' },
      { return_attention_mask: false },
      { feature_extractor: { sampling_rate: 16000, do_normalize: true } },
      { remove_columns: 'audio' },
    ];
    for (const given of same) {
      assert.equal((await run({ max_length: 300, truncation: true, ...given })).rowsComputed, 0);
    }
    const different: Partial<Params>[] = [
      { max_length: 301 },
      { padding: true },
      { return_attention_mask: true },
      { feature_extractor: { do_normalize: false } },
    ];
    for (const given of different) {
      assert.equal((await run({ max_length: 300, truncation: true, ...given })).rowsComputed, 4);
    }
  });
});

describe('outline of map-preprocess', () => {
  const speech: Features = {
    audio: speechFeature,
    label: { _type: 'ClassLabel', names: ['low', 'high'] },
  };
  const outline = (given: Partial<Params>, features = speech) => {
    const dataset: DatasetArtifact = { kind: 'dataset', features, chunks: [], splits: {} };
    return outlineOf(mapPreprocess, { ...defaults, ...given }, dataset, placeAt(folder));
  };
  const problemWith = async (given: Partial<Params>, features?: Features) => {
    const { problems } = await outline(given, features);
    assert.equal(problems.length, 1);
    return problems[0]!;
  };

  it('has the features of the result', async () => {
    const { outline: result, problems } = await outline({
      return_attention_mask: true,
      remove_columns: ['audio'],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(result?.kind === 'dataset' && result.features, {
      label: speech.label,
      input_values: list('float32'),
      attention_mask: list('int32'),
    });
  });

  it('reports audio that is not decoded, and audio at another rate, with both rates', async () => {
    const encoded = { ...speech, audio: { _type: 'Audio', storage: 'encoded' } } as const;
    assert.match((await problemWith({}, encoded)).message, /add a cast-audio stage/);
    const slow = { ...speech, audio: { _type: 'Audio', sampling_rate: 8000, storage: 'samples' } } as const;
    assert.match((await problemWith({}, slow)).message, /8000 Hz.*16000 Hz/);
  });

  it('reports missing columns', async () => {
    assert.equal((await problemWith({ column: 'audoi' })).suggestion, 'audio');
    const removed = await problemWith({ remove_columns: ['audio', 'lable'] });
    assert.deepEqual([removed.param, removed.suggestion], [['remove_columns', 1], 'label']);
    assert.deepEqual((await problemWith({ remove_columns: 'lable' })).param, ['remove_columns']);
  });

  it('reports truncation and padding to max_length without max_length', async () => {
    assert.deepEqual((await problemWith({ truncation: true })).param, ['truncation']);
    assert.deepEqual((await problemWith({ padding: 'max_length' })).param, ['padding']);
  });

  it('reports options that the extractor does not have', async () => {
    const whisper = { feature_extractor_type: 'WhisperFeatureExtractor' } as const;
    const problem = await problemWith({ feature_extractor: whisper, max_length: 16000, truncation: true });
    assert.deepEqual(problem.param, ['max_length']);
    assert.match(problem.message, /pads and cuts every clip to 30 s/);
  });

  it('reports a feature extractor that is missing or not supported', async () => {
    const hub = await problemWith({ feature_extractor: 'facebook/wav2vec2-base' });
    assert.match(hub.message, /no model 'facebook\/wav2vec2-base' on the Hub/);
    assert.doesNotMatch((await problemWith({ feature_extractor: './nowhere' })).message, /Hub/);
    const clap = { feature_extractor_type: 'ClapFeatureExtractor' } as object;
    assert.match((await problemWith({ feature_extractor: clap })).message, /not supported/);
    await assert.rejects(
      mapPreprocess.sources!({ ...defaults, feature_extractor: './no-folder' }, placeAt(folder)),
      /no such folder/,
    );
  });

  it('says which feature extractor goes with a PEFT adapter', async () => {
    const adapter = tempFolder('adapter');
    const config = { base_model_name_or_path: 'facebook/wav2vec2-base', peft_type: 'LORA' };
    const found = async (text: string) => {
      writeFileSync(join(adapter, 'adapter_config.json'), text);
      const at = await locateConfig('.', placeAt(adapter));
      return 'problem' in at ? at.problem.hint : undefined;
    };
    assert.equal(
      await found(JSON.stringify(config)),
      'It is a PEFT adapter: give its base model instead: "facebook/wav2vec2-base".',
    );
    assert.equal(await found('{'), 'It is a PEFT adapter: give its base model instead.');
  });
});
