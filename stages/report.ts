import type { Artifact, DatasetArtifact } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { ReportParams } from '../src/stage/params.js';
import type { ClipSource } from '../src/stage/stage-type.js';

type Of<K extends Artifact['kind']> = Extract<Artifact, { kind: K }>;

/** The report of `etude report`, as an artifact: without times and machines, which results do not contain. */
const report = defineBuiltIn<ReportParams>()({
  name: 'report',
  description: 'Makes one HTML file of an evaluation, and of the training behind it.',
  inputs: {
    evaluation: { kind: 'report' },
    model: { kind: 'model', optional: true },
    dataset: { kind: 'dataset', optional: true },
  },
  output: 'report',

  outline: () => ({ kind: 'report' }),

  async run(context) {
    const { params, inputs, objects } = context;
    const { makeReport } = await import('../src/learning/report/make-report.js');
    const named = <K extends Artifact['kind']>(stage: string, artifact: Of<K> | undefined) =>
      artifact === undefined ? [] : [{ stage, artifact }];
    const run = {
      name: params.title,
      group: params.title,
      evaluations: named('evaluation', inputs.evaluation),
      models: named('model', inputs.model),
      datasets: named('dataset', inputs.dataset),
      clipsOf: () => clipsOf(inputs.dataset),
      objects,
      measuring: context,
    };
    const html = await makeReport([run], params);
    const files = { 'report.html': await objects.put(Buffer.from(html)) };
    return { artifact: { kind: 'report', metrics: {}, files }, summary: 'report.html' };
  },
});

export default report;

/** The dataset's first column with audio: its rows are the evaluation's if it has as many in the split. */
function clipsOf(dataset: DatasetArtifact | undefined): Record<string, ClipSource> | undefined {
  if (dataset === undefined) return undefined;
  const { features } = dataset;
  const column = Object.keys(features).find((name) => features[name]!._type === 'Audio');
  return column === undefined ? undefined : { dataset: { dataset, column } };
}
