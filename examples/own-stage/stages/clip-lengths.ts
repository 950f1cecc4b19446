import { type AudioSamples, defineStage, openDataset, splitProblem, throwProblem } from 'etude-audio/stage';

export default defineStage({
  name: 'clip-lengths',
  description: 'Measures how long the clips of a split are.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['split'],
    properties: {
      split: { type: 'string', description: 'Name of the split.' },
      column: { type: 'string', default: 'audio', description: 'Name of the audio column, decoded.' },
    },
  },
  inputs: { dataset: { kind: 'dataset' } },
  output: 'report',

  // Other splits may change, and this stage stays a hit.
  readsSplits: ({ split }) => ({ dataset: [split] }),

  async run({ params, inputs, objects, signal }) {
    const { split, column } = params;
    const { features, splits } = inputs.dataset;
    const missing = splitProblem(splits, split, ['split']);
    if (missing !== undefined) throwProblem(missing);
    const feature = features[column];
    const rate = feature?._type === 'Audio' ? (feature.sampling_rate ?? NaN) : NaN;

    const seconds: number[] = [];
    const dataset = await openDataset(inputs.dataset, objects);
    for await (const row of dataset.rows(split, { columns: [column] })) {
      signal.throwIfAborted();
      seconds.push((row[column] as AudioSamples).array.length / rate);
    }
    const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
    const metrics = { [split]: { mean_seconds: mean, longest_seconds: Math.max(...seconds) } };
    const table = await objects.put(Buffer.from(JSON.stringify({ seconds })));
    return {
      artifact: { kind: 'report', metrics, files: { 'lengths.json': table } },
      summary: `${mean.toFixed(2)} s on average`,
    };
  },
});
