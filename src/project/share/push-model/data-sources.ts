import { basename, isAbsolute } from 'node:path';
import { locate } from '../../../learning/data/read/locate.js';
import type { PinnedRepository } from '../../../pipeline/cache/types.js';
import type { Pipeline, PipelineStage } from '../../../pipeline/recipe/pipeline.js';
import type { LoadParams } from '../../../stage/params.js';
import type { Place } from '../../../stage/stage-type.js';
import { markdownCode, markdownText } from '../../run-summary/markdown.js';
import type { DataSource } from './facts.js';
import { readHubCard } from './hub-cards.js';

/** The stages before one, itself included: nearest first. */
export function stagesBehind({ stages }: Pipeline, id: string): PipelineStage[] {
  const found = new Map<string, PipelineStage>();
  const open = [id];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const stage = stages.find((each) => each.id === next);
    if (stage === undefined || found.has(next)) continue;
    found.set(next, stage);
    open.push(...Object.values(stage.from));
  }
  return [...found.values()];
}

/**
 * The datasets that a stage's result was made from.
 *
 * @param pins what the repositories of a stage's parameters were when it was computed
 */
export async function sourcesBehind(
  pipeline: Pipeline,
  id: string,
  pins: (stage: string) => readonly PinnedRepository[],
): Promise<DataSource[]> {
  const loads = stagesBehind(pipeline, id).filter(({ uses }) => uses === 'load');
  return Promise.all(loads.map((stage) => sourceOf(stage, pipeline.place, pins(stage.id))));
}

/** Those that were on the Hub, found without asking it anything. See `sourcesBehind`. */
export function hubSourcesBehind(
  pipeline: Pipeline,
  id: string,
  pins: (stage: string) => readonly PinnedRepository[],
): DataSource[] {
  const loads = stagesBehind(pipeline, id).filter(({ uses }) => uses === 'load');
  return loads.flatMap((stage) =>
    pins(stage.id)
      .filter(({ type }) => type === 'dataset')
      .map(({ id, commit }) => {
        const config = (stage.with as unknown as LoadParams).name;
        return { id, config, commit, shown: id, splits: {}, languages: [] };
      }),
  );
}

/** A dataset in the text of a card. */
export function sourceText({ id, config, commit, shown, languages }: DataSource): string {
  const name =
    id === undefined
      ? `Local data, ${markdownCode(shown)}`
      : `[${markdownText(id)}](https://huggingface.co/datasets/${id})`;
  const more = [
    ...(config === undefined ? [] : [`configuration ${markdownCode(config)}`]),
    ...(commit === undefined ? [] : [`revision ${markdownCode(commit.slice(0, 12))}`]),
    ...(languages.length === 0 ? [] : [`languages of the dataset: ${markdownText(languages.join(', '))}`]),
  ];
  return [name, ...more].join(', ');
}

async function sourceOf(
  stage: PipelineStage,
  place: Place,
  pins: readonly PinnedRepository[],
): Promise<DataSource> {
  const params = stage.with as unknown as LoadParams;
  const splits = stage.outline?.kind === 'dataset' ? (stage.outline.splits ?? {}) : {};
  const format = await locate(params, place).then(
    (located) => located.format,
    () => undefined,
  );
  const pin = pins.find(({ type }) => type === 'dataset');
  if (pin === undefined) return { shown: shownPath(params.path), format, splits, languages: [] };
  const { id, commit } = pin;
  const { languages } = await readHubCard(place, 'dataset', id, commit);
  return { id, config: params.name, commit, shown: id, format, splits, languages };
}

/** A path of a recipe, as it may be published: what is outside the project is nobody's business. */
export function shownPath(path: string): string {
  return isAbsolute(path) || path.split(/[\\/]/).includes('..') || path.startsWith('~')
    ? basename(path)
    : path;
}
