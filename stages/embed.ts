import { errorOf, throwProblem } from '../src/learning/data/name-problems.js';
import { problemOf } from '../src/learning/data/parameter-error.js';
import { checkpointFiles } from '../src/learning/model/locate-checkpoint.js';
import type { DatasetArtifact, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { EmbedParams } from '../src/stage/params.js';
import { revisionSource } from '../src/stage/revision-source.js';
import { EtudeError } from '../src/util/errors.js';
import { count } from '../src/util/words.js';

/** Name of the new column. */
const COLUMN = 'hidden_states';

/**
 * `output_hidden_states` of a pretrained model, once per clip: the input for training with frozen layers, or
 * of the head alone.
 */
const embed = defineBuiltIn<EmbedParams>()({
  name: 'embed',
  description: 'Computes the hidden states of a pretrained checkpoint, once for each clip.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  usesEngine: true,
  cores: 'all',
  chunkwise: true,
  keepsRows: true,
  libraries: ['apache-arrow'],

  async sources(params, place) {
    const found = await checkpointFiles(params.model, place, locating(params));
    if ('problem' in found) throw errorOf(found.problem);
    return [{ param: 'model', files: found.files }, ...revisionSource(params.revision)];
  },

  async outline({ params, inputs, place, problem }) {
    const { embedProblems, statesFeature } = await import('../src/learning/training/frozen/embed-feature.js');
    const found = await checkpointFiles(params.model, place, locating(params));
    const input = inputs.dataset;
    if ('problem' in found) problem(found.problem);
    let feature: Features[string] | undefined;
    if ('files' in found) {
      const { loadConfig } = await import('../src/learning/model/load-config.js');
      try {
        const config = await loadConfig(found.files);
        embedProblems(params, config, input?.features, COLUMN).forEach(problem);
        feature = statesFeature(params, config);
      } catch (error) {
        if (!(error instanceof EtudeError)) throw error;
        problem(problemOf(error, 'model'));
      }
    }
    if (input === undefined || feature === undefined) return undefined;
    return { ...input, features: { ...input.features, [COLUMN]: feature } };
  },

  parts: (_, { dataset }) => dataset.chunks.length,

  async run(context) {
    const { params, inputs, sources, objects, chunks, code, engine, device, cores } = context;
    const { shard, signal, progress, log } = context;
    const { dataset } = inputs;
    const files = sources.model!;
    const { embedProblems, statesFeature } = await import('../src/learning/training/frozen/embed-feature.js');
    const { loadEncoder } = await import('../src/learning/model/load-encoder.js');
    const { model, differences } = await loadEncoder(
      files,
      params.pooling === 'mean' ? params.layers : undefined,
    );
    for (const sentence of differences) log('warning', sentence);
    embedProblems(params, model.config, dataset.features, COLUMN).forEach(throwProblem);

    const { clipNamesOf } = await import('../src/learning/data/clip-names.js');
    const { paddingOf } = await import('../src/learning/audio/padding.js');
    const { embedDataset } = await import('../src/learning/training/frozen/embed-dataset.js');
    const { openEngine } = await import('../src/engine/open-engine.js');
    const { resolveEngine } = await import('../src/engine/resolve-engine.js');
    const asked = [engine, { threads: cores, device }] as Parameters<typeof openEngine>;
    const opened = await openEngine(...asked);
    const feature = statesFeature(params, model.config);
    const { id } = await resolveEngine({ engine, device: device as never });
    const made = await embedDataset(dataset, {
      model,
      feature,
      input_column: params.input_column,
      padding: await paddingOf(files),
      clipName: clipNamesOf(context.clips, objects),
      store: { objects, chunks, code, engine: id },
      signal,
      shard,
      progress: (done, total) => progress({ done, total, unit: 'clips' }),
    });
    await opened.dispose();
    const artifact: DatasetArtifact = {
      kind: 'dataset',
      features: { ...dataset.features, [COLUMN]: made.feature },
      chunks: made.chunks.map(({ rows, columns, states }) => ({
        rows,
        columns: { ...columns, [COLUMN]: states },
      })),
      splits: made.splits,
    };
    const rows = artifact.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    return { artifact, rowsComputed: made.computed, summary: count(rows, 'clip') };
  },
});

export default embed;

function locating({ revision }: EmbedParams) {
  return { param: 'model', weights: true, revision };
}
