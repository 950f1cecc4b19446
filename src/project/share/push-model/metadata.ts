import type { DataSource, EvaluatedSplit, ModelFacts } from './facts.js';

const TASK = { type: 'audio-classification', name: 'Audio Classification' };

/** The header of a model card, in the Hub's words: what is not known is left out. */
export function cardMetadata(facts: ModelFacts): Record<string, unknown> {
  const { id, license, languages, base, data, onnx } = facts;
  const datasets = [...new Set(data.flatMap((source) => source.id ?? []))];
  const results = resultsOf(facts);
  const metrics = [...new Set(results.flatMap((result) => result.metrics.map(({ type }) => type)))];
  const { inheritedFrom: _, ...licensed } = license ?? {};
  return {
    ...(languages.length > 0 && { language: languages.length === 1 ? languages[0] : languages }),
    ...licensed,
    library_name: 'transformers',
    ...(base.id !== undefined && !base.isScratch && { base_model: base.id, base_model_relation: 'finetune' }),
    ...(datasets.length > 0 && { datasets }),
    ...(metrics.length > 0 && { metrics }),
    pipeline_tag: TASK.type,
    tags: ['audio', 'etude', ...(onnx.length > 0 ? ['onnx', 'transformers.js'] : [])],
    ...(results.length > 0 && { 'model-index': [{ name: id.split('/').at(-1)!, results }] }),
  };
}

interface Result {
  task: typeof TASK;
  dataset: Record<string, unknown>;
  metrics: { type: string; value: number; name: string; args?: Record<string, unknown> }[];
}

/** The measurements, by split; of the evaluations during training only if there is no other. */
function resultsOf({ evaluations, training, data }: ModelFacts): Result[] {
  const { last } = training;
  const measured: Pick<EvaluatedSplit, 'split' | 'rows' | 'metrics' | 'data'>[] =
    evaluations.length > 0 || last === undefined ? [...evaluations] : [{ ...last, rows: Number.NaN, data }];
  return measured.flatMap(({ split, rows, metrics, data }) => {
    const found = metricsOf(metrics, split);
    return found.length === 0 ? [] : [{ task: TASK, dataset: datasetOf(split, rows, data), metrics: found }];
  });
}

/**
 * The dataset of a measurement. Its split is one of the dataset itself: what the recipe split off has the
 * name of the split that it comes from, and its own name in `args`.
 */
function datasetOf(split: string, rows: number, data: readonly DataSource[]): Record<string, unknown> {
  const main = data.find(({ id }) => id !== undefined) ?? data[0];
  const names = data.map(({ shown, config }) => (config === undefined ? shown : `${shown} (${config})`));
  const splits = main?.splits ?? {};
  const isWhole = Object.hasOwn(splits, split) && (splits[split] === rows || splits[split] === undefined);
  const own = isWhole ? split : onlyOf(Object.keys(splits));
  return {
    name: names.join(' + ') || 'data of the recipe',
    type: main?.id ?? main?.format ?? 'custom',
    ...(main?.config !== undefined && { config: main.config }),
    ...(own !== undefined && data.length === 1 && { split: own }),
    ...(main?.commit !== undefined && { revision: main.commit }),
    ...((own !== split || data.length > 1) && { args: { split_of_recipe: split } }),
  };
}

function onlyOf<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

/** Names of metrics that the Hub has pages for; the others keep theirs. */
const TYPES: Readonly<Record<string, string>> = {
  matthews_corrcoef: 'matthews_correlation',
  mAP: 'mean_average_precision',
};

function metricsOf(metrics: Readonly<Record<string, number>>, split: string): Result['metrics'] {
  return Object.entries(metrics).flatMap(([given, value]) => {
    const name = given.replace(/^eval_/, '');
    if (name === 'loss' || !Number.isFinite(value)) return [];
    const [, base, average] =
      /^(f1|precision|recall)_(macro|micro|weighted|samples|binary)$/.exec(name) ?? [];
    return [
      {
        type: TYPES[name] ?? base ?? name,
        value: Number(value.toFixed(6)),
        name: `${metricTitle(name)} (${split})`,
        ...(average !== undefined && { args: { average } }),
      },
    ];
  });
}

/** `f1_macro` as `F1 macro`. */
export function metricTitle(name: string): string {
  const words = name.replaceAll('_', ' ');
  return /^(?:f1|mse|mae|ece|r2)\b/.test(words)
    ? words.replace(/^\w+/, (word) => word.toUpperCase())
    : words.replace(/^[a-z](?=[a-z])/, (letter) => letter.toUpperCase());
}
