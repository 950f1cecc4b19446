import { openDataset } from '../../../learning/data/dataset.js';
import { storedDurations } from '../../../learning/data/stored-durations.js';
import { objectIn } from '../../../learning/report/json-shapes.js';
import type { DiskCache } from '../../../pipeline/cache/open-cache.js';
import type { Entry, PinnedRepository } from '../../../pipeline/cache/types.js';
import type { Pipeline, PipelineStage } from '../../../pipeline/recipe/pipeline.js';
import { audioBehind } from '../../../pipeline/run/upstream-audio.js';
import type { ModelArtifact } from '../../../stage/artifact.js';
import { findStageType } from '../../../stage/find-stage-type.js';
import type { SplitParams, TrainParams } from '../../../stage/params.js';
import { version } from '../../version.js';
import { shownPath, sourcesBehind, stagesBehind } from './data-sources.js';
import { evaluatedSplitsOf } from './evaluated-splits.js';
import type { BaseModel, DataSource, ModelFacts } from './facts.js';
import { readHubCard } from './hub-cards.js';

/** A trained model, and what the cache has of the stages around it. */
export interface Trained {
  pipeline: Pipeline;
  stage: PipelineStage;
  artifact: ModelArtifact;
  entries: ReadonlyMap<string, Entry>;
  /** What the Hub's repositories that a stage names are now; results may be older, of the same files. */
  repositories: ReadonlyMap<string, readonly PinnedRepository[]>;
  cache: DiskCache;
}

/** What the one who pushes says of a model. */
export interface SaidOfModel {
  /** The Hub's word for a license. Default: that of the base model, if its card has one. */
  license?: string;
  /** ISO 639 codes. Default: that of the datasets, if their cards have exactly one. */
  language?: readonly string[];
}

/** Parameters that a reader looks for first, whatever their values. */
const FIRST = [
  'learning_rate',
  'num_train_epochs',
  'per_device_train_batch_size',
  'lr_scheduler_type',
  'seed',
] as const;
/** Parameters that say nothing of how a model was trained. */
const OTHER = /^(?:model|revision|push_to_hub|hub_|report_to|logging_dir|train_split|eval_split|.*_column)/;

/** Finds out what a model card says, except what depends on the other files of the push. */
export async function gatherFacts(
  trained: Trained,
  id: string,
  said: SaidOfModel,
): Promise<Omit<ModelFacts, 'onnx' | 'reproduce'>> {
  const { pipeline, stage, artifact, entries, cache } = trained;
  const { objects } = cache;
  const params = stage.with as unknown as TrainParams;
  const known = new Map<string, Promise<DataSource[]>>();
  const pins = (of: string) => trained.repositories.get(of) ?? [];
  const sources = (of: string) => {
    const found = known.get(of) ?? sourcesBehind(pipeline, of, pins);
    known.set(of, found);
    return found;
  };
  const seconds = secondsOf(trained);
  const input = stage.from.dataset!;
  const [config, extractor] = await Promise.all(
    ['config.json', 'preprocessor_config.json'].map(async (name) => {
      const ref = artifact.files[name];
      return (ref && objectIn(Buffer.from(await objects.read(ref)).toString('utf8'))) ?? {};
    }),
  );
  const base = baseOf(params, pins(stage.id));
  const data = await sources(input);
  const split = params.train_split;
  const dataset = entries.get(input)?.artifact;
  const rows = dataset?.kind === 'dataset' ? (dataset.splits[split]?.num_rows ?? 0) : 0;
  const { metrics } = artifact;
  return {
    id,
    recipe: { name: pipeline.name, description: pipeline.description, stage: stage.id },
    labels: artifact.labels,
    problemType: params.problem_type,
    parameters: artifact.num_parameters,
    architecture: [config!.architectures].flat().find((one) => typeof one === 'string'),
    samplingRate: typeof extractor!.sampling_rate === 'number' ? extractor!.sampling_rate : undefined,
    base,
    data,
    training: {
      ...{ split, rows, classes: await classesOf(trained, params) },
      seconds: await seconds(input, split),
      heldOutBy: heldOutBy(pipeline, input),
      params: await changedParams(pipeline, params),
      ...(Object.keys(metrics).length > 0 && { last: { split: params.eval_split, metrics } }),
      engine: entries.get(stage.id)?.parts.libraries.engine,
      etude: version(),
    },
    evaluations: await evaluatedSplitsOf(stage.id, { pipeline, entries, objects, sources, seconds }),
    license: await licenseOf(pipeline, base, said),
    languages: said.language ?? commonLanguage(data),
  };
}

function baseOf(
  params: TrainParams,
  pins: readonly { type: string; id: string; commit: string }[],
): BaseModel {
  const isScratch = params.initial_weights === 'random';
  const pin = pins.find(({ type }) => type === 'model');
  if (pin === undefined) return { shown: shownPath(params.model), isScratch };
  return { id: pin.id, commit: pin.commit, shown: pin.id, isScratch };
}

async function licenseOf(
  { place }: Pipeline,
  { id, commit }: BaseModel,
  said: SaidOfModel,
): Promise<ModelFacts['license']> {
  if (said.license !== undefined) return { license: said.license };
  if (id === undefined) return undefined;
  const { license } = await readHubCard(place, 'model', id, commit);
  return license && { ...license, inheritedFrom: id };
}

/** The one language of all data, if that is known. */
function commonLanguage(data: readonly DataSource[]): readonly string[] {
  const all = new Set(data.flatMap(({ languages }) => languages));
  return all.size === 1 && data.every(({ languages }) => languages.length === 1) ? [...all] : [];
}

async function classesOf(
  { stage, entries, cache }: Trained,
  { train_split, label_column }: TrainParams,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const dataset = entries.get(stage.from.dataset!)?.artifact;
  if (dataset?.kind !== 'dataset') return counts;
  const feature = dataset.features[label_column];
  if (feature?._type !== 'ClassLabel') return counts;
  for (const name of feature.names) counts.set(name, 0);
  for (const id of await openDataset(dataset, cache.objects).column(train_split, label_column)) {
    const name = feature.names[id as number];
    if (name !== undefined) counts.set(name, counts.get(name)! + 1);
  }
  return counts;
}

/** Seconds of the clips behind a split, if those of all are known without decoding. */
function secondsOf({ pipeline, entries, cache }: Trained) {
  const known = new Map<string, Promise<ReadonlyMap<string, number[]>>>();
  return async (id: string, split: string): Promise<number | undefined> => {
    const clips = audioBehind(id, pipeline.stages, (of) => entries.get(of)?.artifact);
    const rows = clips?.dataset.splits[split]?.num_rows;
    if (clips === undefined || rows === undefined) return undefined;
    const durations = known.get(id) ?? storedDurations(clips.dataset, clips.column, cache.objects);
    known.set(id, durations);
    const seconds = (await durations).get(split) ?? [];
    return seconds.length === rows ? seconds.reduce((sum, each) => sum + each, 0) : undefined;
  };
}

/** Whether a stage held out rows by the values of a column. */
function heldOutBy(pipeline: Pipeline, input: string): string | undefined {
  const splits = stagesBehind(pipeline, input).filter(({ uses }) => uses === 'split');
  const columns = splits.map((stage) => (stage.with as unknown as SplitParams).group_by_column);
  return splits.length === 1 ? columns[0] : undefined;
}

/** Parameters that are not at their defaults, after those that matter most. */
async function changedParams(
  pipeline: Pipeline,
  params: TrainParams,
): Promise<readonly (readonly [string, unknown])[]> {
  const found = await findStageType('train', pipeline.place);
  const properties = ('problem' in found ? {} : found.schema.properties) as Record<
    string,
    { default?: unknown }
  >;
  const first = FIRST.map((name) => [name, params[name]] as const);
  const others = Object.entries(params).filter(
    ([name, value]) =>
      !(FIRST as readonly string[]).includes(name) &&
      !OTHER.test(name) &&
      value !== undefined &&
      JSON.stringify(value) !== JSON.stringify(properties[name]?.default),
  );
  return [...first, ...others];
}
