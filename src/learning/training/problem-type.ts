import type { TrainParams } from '../../stage/params.js';
import type { Model } from '../model/model.js';

/**
 * What a model learns of a clip, in transformers' words: its class, all labels that it has, or numbers.
 */
export type ProblemType = TrainParams['problem_type'];

const TYPES: readonly ProblemType[] = [
  'single_label_classification',
  'multi_label_classification',
  'regression',
];

/** That of a model, from its configuration; one class a clip is the default. */
export function problemTypeOf({ config }: Pick<Model, 'config'>): ProblemType {
  const { problem_type } = config.raw;
  return TYPES.find((type) => type === problem_type) ?? 'single_label_classification';
}

/** Writes it into the model's configuration, where that says or means another. */
export function setProblemType(model: Pick<Model, 'config'>, problem_type: ProblemType): void {
  const { config } = model;
  const unset = (config.raw.problem_type ?? undefined) === undefined;
  if (problem_type === (unset ? 'single_label_classification' : config.raw.problem_type)) return;
  model.config = { ...config, raw: { ...config.raw, problem_type } };
}

/** The metric by which results are judged if nothing else is said. */
export const MAIN_METRIC: Readonly<Record<ProblemType, string>> = {
  single_label_classification: 'accuracy',
  multi_label_classification: 'mAP',
  regression: 'mse',
};

/** Its value in a summary: of an error, whose size is unknown, three digits that count. */
export function formatMain(value: number): string {
  return value > 1 ? value.toPrecision(3) : value.toFixed(2);
}

/** The main metric of those in a few words; undefined if it is not among them. */
export function describeMain(
  metrics: Readonly<Record<string, number>>,
  type: ProblemType,
): string | undefined {
  const name = MAIN_METRIC[type];
  return metrics[name] === undefined ? undefined : `${name} ${formatMain(metrics[name])}`;
}
