import type { ReportedRun } from '../../learning/report/section.js';
import { readLock } from '../../pipeline/lock/lock-file-io.js';
import { planPipeline } from '../../pipeline/plan/plan-stages.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { resolveRecipe } from '../../pipeline/recipe/resolve-recipe.js';
import { nearestAudio } from '../../pipeline/run/upstream-audio.js';
import type { Artifact } from '../../stage/artifact.js';
import { quoted } from '../../util/shell-word.js';
import type { OpenedRecipe } from '../project-types.js';
import { reportedRun, type StageOfRun } from './reported-run.js';

/**
 * What the cache has of a recipe: one run, or one per combination of its matrix.
 *
 * @param shown The recipe as the user named it.
 */
export async function runsOfRecipe(recipe: OpenedRecipe, shown: string): Promise<ReportedRun[]> {
  const setting = await recipe.setting();
  const { pipeline, cache } = setting;
  const plan = await planPipeline(setting);
  await cache.flush();
  const lock = await readLock(recipe.file);
  const planned = new Map(plan.stages.map((each) => [each.stage.id, each]));
  const { set = [], params = [] } = recipe.overrides;
  const given = [
    ...params.map((file) => `--params ${quoted(file)}`),
    ...set.map((each) => `--set ${quoted(each)}`),
  ];
  const commands = [['etude run', quoted(shown), ...given].join(' ')];
  if (lock !== undefined && given.length === 0) commands.push(`etude reproduce ${quoted(shown)}`);
  return cellsOf(pipeline).map(({ name, stages }) => {
    const ids = new Map(Object.entries(stages).map(([id, variant]) => [variant, id]));
    const ofRun = pipeline.stages.flatMap(({ id: variant, uses, from, with: given }): StageOfRun[] => {
      const id = ids.get(variant);
      if (id === undefined) return [];
      const found = planned.get(variant);
      const entry = found?.type === 'hit' ? found.entry : undefined;
      const wires = Object.entries(from).map(([input, source]) => [input, ids.get(source) ?? source]);
      return [
        {
          id,
          uses,
          from: Object.fromEntries(wires),
          params: given,
          entry,
          status: entry ? 'cached' : 'skipped',
        },
      ];
    });
    const entries = plan.stages.flatMap((each) =>
      each.type === 'hit' ? [[each.stage.id, each.entry.artifact] as const] : [],
    );
    return reportedRun({
      name,
      group: pipeline.name,
      cache,
      stages: ofRun,
      lock: pipeline.cells === undefined ? lock : undefined,
      recipe: resolveRecipe(pipeline),
      clipsOf: clipSources(pipeline, new Map(entries), stages),
      facts: [['Recipe', shown]],
      commands,
    });
  });
}

/** The combinations of a matrix; without one, all stages. */
function cellsOf(pipeline: Pipeline): { name: string; stages: Record<string, string> }[] {
  if (pipeline.cells === undefined)
    return [{ name: pipeline.name, stages: Object.fromEntries(pipeline.stages.map(({ id }) => [id, id])) }];
  return pipeline.cells.map(({ params, stages }) => ({
    name: `${pipeline.name} · ${cellName(params)}`,
    stages,
  }));
}

/** `learning_rate=0.001, seed=2`. */
export function cellName(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** The data with audio before each evaluation. */
function clipSources(
  { stages }: Pipeline,
  artifacts: ReadonlyMap<string, Artifact>,
  variants: Readonly<Record<string, string>>,
): NonNullable<ReportedRun['clipsOf']> {
  return (id) => {
    const stage = stages.find((each) => each.id === variants[id]);
    return stage && nearestAudio(stage, stages, (each) => artifacts.get(each));
  };
}
