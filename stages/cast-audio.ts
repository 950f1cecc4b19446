import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { audioColumn } from '../src/learning/preprocess/audio-column.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { CastAudioParams } from '../src/stage/params.js';

/** The features with the column decoded; `undefined` if it is missing or not audio. */
function castFeatures(features: Features, params: CastAudioParams, report: Report): Features | undefined {
  const found = audioColumn(features, params.column, ['column']);
  if ('problem' in found) {
    report(found.problem);
    return undefined;
  }
  const feature = { _type: 'Audio', sampling_rate: params.sampling_rate, storage: 'samples' } as const;
  return { ...features, [params.column]: feature };
}

/**
 * `Dataset.cast_column(column, Audio(sampling_rate))` of Hugging Face datasets, with every clip decoded
 * immediately and stored.
 */
const castAudio = defineBuiltIn<CastAudioParams>()({
  name: 'cast-audio',
  description: 'Decodes a column of audio to mono samples at one sampling rate.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',
  chunkwise: true,
  keepsRows: true,
  libraries: [
    '@wasm-audio-decoders/flac',
    '@wasm-audio-decoders/ogg-vorbis',
    'apache-arrow',
    'mpg123-decoder',
    'opus-decoder',
    'codec-parser',
  ],

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const features = castFeatures(input.features, params, problem);
    return features === undefined ? undefined : { ...input, features };
  },

  async derive(derivation, inputs) {
    const { deriveChunk } = await import('../src/learning/data/chunk-transform.js');
    const { transform } = await import('../src/learning/preprocess/cast-chunk.js');
    return deriveChunk(transform, derivation, inputs);
  },

  parts: (_, { dataset }) => dataset.chunks.length,

  async run(context) {
    const { params, inputs } = context;
    const { dataset } = inputs;
    const features = castFeatures(dataset.features, params, throwProblem)!;
    const { mapChunks } = await import('../src/learning/data/map-chunks.js');
    const { transform } = await import('../src/learning/preprocess/cast-chunk.js');
    const { countRows } = await import('../src/learning/data/unusable/leave-out.js');
    const { artifact, rowsComputed } = await mapChunks(
      {
        context,
        dataset,
        transform,
        params: { sampling_rate: params.sampling_rate },
        inputs: { audio: params.column },
        outputs: { audio: { column: params.column, feature: features[params.column]! } },
        features,
        unit: 'clips',
        on_error: params.on_error,
      },
      'cast-audio',
    );
    return { artifact, rowsComputed, summary: countRows(artifact, 'clip') };
  },
});

export default castAudio;
