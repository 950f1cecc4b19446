import { columnProblem, defineStage, EtudeError, mapChunks, throwProblem } from 'etude-audio/stage';

/**
 * What is done to the clips of one chunk. Worker threads import it from this module by its name.
 *
 * @type {import('etude-audio/stage').ChunkTransform<{ threshold: number }>}
 */
export const transform = {
  module: import.meta.url,
  async transform({ params, rows, inputs, unusable, rowDone }) {
    const audio = [];
    for (let row = 0; row < rows; row++) {
      const clip = /** @type {import('etude-audio/stage').AudioSamples} */ (inputs.audio.column.get(row));
      const isLoud = (/** @type {number} */ sample) => Math.abs(sample) > params.threshold;
      const first = clip.array.findIndex(isLoud);
      if (first === -1) unusable(row, new EtudeError('there is nothing but silence'), clip.path);
      const array = clip.array.slice(first, clip.array.findLastIndex(isLoud) + 1);
      audio.push(first === -1 ? null : { array, path: clip.path });
      await rowDone();
    }
    return { audio };
  },
};

export default defineStage({
  name: 'trim-silence',
  description: 'Cuts the silence off both ends of every clip.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      column: { type: 'string', default: 'audio', description: 'Name of the audio column.' },
      threshold: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.01,
        description: 'A sample is loud where its absolute value is above.',
      },
    },
  },
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',

  // Before anything runs: the columns that the result will have, and mistakes that can be known by now.
  outline({ params, inputs, problem }) {
    if (inputs.dataset === undefined) return undefined;
    checkColumn(inputs.dataset.features, params.column, problem);
    return inputs.dataset;
  },

  async run(context) {
    const { params, inputs } = context;
    const { features } = inputs.dataset;
    checkColumn(features, params.column, throwProblem);
    return mapChunks({
      context,
      dataset: inputs.dataset,
      transform,
      params: { threshold: params.threshold },
      inputs: { audio: params.column },
      outputs: { audio: { column: params.column, feature: features[params.column] } },
      features,
      unit: 'clips',
    });
  },
});

/**
 * @param {import('etude-audio/stage').Features} features
 * @param {string} column
 * @param {import('etude-audio/stage').Report} report
 */
function checkColumn(features, column, report) {
  const missing = columnProblem(features, column, ['column']);
  if (missing !== undefined) return report(missing);
  const feature = features[column];
  if (feature._type === 'Audio' && feature.storage === 'samples') return;
  report({
    param: ['column'],
    message: `column '${column}' is not decoded audio`,
    hint: 'cast-audio decodes it.',
  });
}
