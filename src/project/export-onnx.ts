import { datasetInputs, evaluatedSplits } from '../learning/training/evaluation/evaluated-data.js';
import { findStage } from '../pipeline/recipe/find-stage.js';
import type { Pipeline, PipelineStage } from '../pipeline/recipe/pipeline.js';
import { findStageType } from '../stage/find-stage-type.js';
import type { EvaluateParams, ExportOnnxParams, TrainParams } from '../stage/params.js';
import type { OutlineProblem } from '../stage/stage-type.js';
import { EtudeError } from '../util/errors.js';
import { stagesToName } from './artifact.js';

/** The stage type that exports a model. */
const TYPE = 'export-onnx';

/** What to export; the names are those of the stage type's parameters. */
export type OnnxOptions = Partial<Pick<ExportOnnxParams, 'dtype' | 'split' | 'min_agreement'>>;

/** A pipeline with a stage that exports a model of it. */
export interface OnnxExport {
  pipeline: Pipeline;
  /** The id of that stage. */
  stage: string;
}

/**
 * A pipeline with one more stage, `export-onnx`, after one that produces a model: with the dataset and the
 * split on which the model is evaluated first, or else the dataset that it is trained on. A stage that
 * exports already is taken as it is.
 *
 * @throws EtudeError for a stage that produces no model, and for what the stage type refuses.
 */
export async function withOnnxExport(
  pipeline: Pipeline,
  id: string,
  options: OnnxOptions,
  defaults: OnnxOptions,
): Promise<OnnxExport> {
  const stage = findStage(pipeline, id);
  if (stage.type.name === TYPE && stage.uses === TYPE) {
    const given = Object.keys(options).filter((name) => options[name as keyof OnnxOptions] !== undefined);
    if (given.length > 0)
      throw new EtudeError(`stage '${id}' has its own ${given.join(', ')}`, {
        hint: `Change them in the recipe, or with --set stages.${id}.with.${given[0]}=…`,
      });
    return { pipeline, stage: id };
  }
  if (stage.type.output !== 'model')
    throw new EtudeError(`stage '${id}' produces a ${stage.type.output}`, {
      expected: `a stage that produces a model: ${stagesToName(pipeline, 'model')}`,
    });
  const added = await exportStage(pipeline, stage, options, defaults);
  return { pipeline: { ...pipeline, stages: [...pipeline.stages, added] }, stage: added.id };
}

async function exportStage(
  pipeline: Pipeline,
  model: PipelineStage,
  options: OnnxOptions,
  defaults: OnnxOptions,
): Promise<PipelineStage> {
  const found = await findStageType(TYPE, pipeline.place);
  if ('problem' in found) throw new EtudeError(found.problem.message);
  const { type, module, schema } = found;
  const { dataset, ...compared } = comparedWith(pipeline, model);
  if (dataset === undefined)
    throw new EtudeError(`no dataset is known on which to compare an export of stage '${model.id}'`, {
      hint: `Add a stage to the recipe: { uses: ${TYPE}, from: { model: ${model.id}, dataset: … } }`,
    });
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const params = { ...defaultsIn(schema), ...compared, ...defaults, ...Object.fromEntries(given) };
  const problems: OutlineProblem[] = [];
  const inputs = { model: model.outline, dataset: findStage(pipeline, dataset).outline };
  const warnings: string[] = [];
  const outline = await type.outline?.({
    ...{ params, inputs },
    place: pipeline.place,
    problem: (problem) => problems.push(problem),
    warn: (text) => warnings.push(text),
  });
  const [first] = problems;
  if (first !== undefined) {
    const { message, expected, got, hint } = first;
    throw new EtudeError(message, { expected, got, hint });
  }
  return {
    id: unusedId(pipeline, `${model.id}-onnx`),
    uses: TYPE,
    ...{ type, module, outline, warnings },
    from: { model: model.id, dataset },
    with: params,
  };
}

type Compared = Partial<Pick<ExportOnnxParams, 'split' | 'label_column' | 'input_column'>> & {
  dataset?: string;
};

/** The dataset and columns on which a model is evaluated first, or trained. */
function comparedWith({ stages }: Pipeline, model: PipelineStage): Compared {
  const evaluation = stages.find(({ uses, from }) => uses === 'evaluate' && from.model === model.id);
  if (evaluation !== undefined) {
    const params = evaluation.with as unknown as EvaluateParams;
    const [input] = datasetInputs(Object.keys(evaluation.from));
    const { label_column, input_column } = params;
    const [split] = evaluatedSplits(params, input!);
    return { dataset: evaluation.from[input!], split, label_column, input_column };
  }
  if (model.uses !== 'train') return {};
  const { label_column, input_column } = model.with as unknown as TrainParams;
  return { dataset: model.from.dataset, label_column, input_column };
}

function defaultsIn(schema: Record<string, unknown>): Record<string, unknown> {
  const properties = schema.properties as Record<string, { default?: unknown }>;
  return Object.fromEntries(Object.entries(properties).map(([name, { default: value }]) => [name, value]));
}

function unusedId({ stages }: Pipeline, wanted: string): string {
  let id = wanted;
  for (let i = 2; stages.some((stage) => stage.id === id); i += 1) id = `${wanted}-${i}`;
  return id;
}
