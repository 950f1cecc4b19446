import { basename, extname, resolve } from 'node:path';
import type { HubSession } from '../../hub/session.js';
import { checkShape } from './check-shape.js';
import { shardsMistake } from './check-shards.js';
import { composeRecipe } from './compose.js';
import { draftCells } from './draft-cells.js';
import { matrixCells } from './matrix.js';
import { matrixUsage } from './matrix-usage.js';
import { mergeCells } from './merge-cells.js';
import { outlineStages } from './outlines.js';
import { applyOverride } from './overrides.js';
import { applyParamsFile } from './params-file.js';
import type { Pipeline, PipelineStage, TypedStage } from './pipeline.js';
import { type Problem, sortProblems } from './problem.js';
import { placeOf } from './recipe-paths.js';
import { References } from './references.js';
import { resourcesOf } from './resources.js';

/** The result of `loadPipeline`: a pipeline that can be planned, or everything that is wrong. */
export type LoadedPipeline = (
  | { pipeline: Pipeline }
  /** With those of the stages whose type is known. */
  | { problems: Problem[]; stages: TypedStage[] }
) & {
  /** Not mistakes, but worth knowing before anything runs: `stage: text`. */
  warnings: string[];
};

/** Changes to a recipe from outside. */
export interface LoadOptions {
  /** Files whose keys replace values of `params`; the last one takes precedence. */
  params?: readonly string[];
  /** `path=value` each; applied last. */
  set?: readonly string[];
  /** Opens Hub repositories. Default: a new session. */
  hub?: Pick<HubSession, 'repository'>;
  /** Called with each path, absolute, that the recipe is read from or names, whether or not it exists. */
  onPath?(path: string): void;
}

/**
 * Reads a recipe and makes a pipeline of it: YAML, what it extends, overrides, references, validation by the
 * schemas of the recipe and of its stage types, connections, and the outlines of what each stage will
 * produce. Mistakes are returned as values, all at once, in the order of the file, without those that only
 * follow from another one. Runs no stage; imports only the stage types that `uses` names.
 *
 * @example
 * const loaded = await loadPipeline('pipelines/minds14.yaml', { set: ['learning_rate=1e-4'] });
 * if ('problems' in loaded)
 *   for (const problem of loaded.problems) console.error(await formatProblem(problem));
 * else console.log(loaded.pipeline.stages.map((stage) => stage.id));
 */
export async function loadPipeline(file: string, options: LoadOptions = {}): Promise<LoadedPipeline> {
  const { onPath } = options;
  const place = placeOf(file, options.hub, onPath);
  const composed = await composeRecipe(file, place, onPath);
  if ('problems' in composed) return { ...composed, stages: [], warnings: [] };
  const { source } = composed;
  let { recipe } = composed;
  for (const each of options.params ?? []) {
    onPath?.(resolve(each));
    recipe = await applyParamsFile(recipe, each, source);
  }
  for (const argument of options.set ?? []) recipe = await applyOverride(recipe, argument, source, place);

  const validParts = await checkShape(recipe, source);
  const params = new References(validParts.params, source).resolveParams();
  const grid = matrixCells(validParts, source);
  const { cells } = grid;
  const reads = matrixUsage(validParts.stages, validParts.params, Object.keys(grid.values));
  const drafted = await draftCells(validParts, cells, reads, source, place);
  const merged = mergeCells(drafted, grid, reads);
  const { outlines, warnings: warningsByStage } = await outlineStages(merged.stages, source, place);
  const warnings = [...warningsByStage].flatMap(([id, texts]) => texts.map((text) => `${id}: ${text}`));
  for (const [id, { found }] of new Map(merged.stages.map((draft) => [draft.written, draft]))) {
    const { resources = {} } = resourcesOf(validParts.stages[id]);
    const mistake = found?.type && shardsMistake(found.type.name, found.type, resources.shards);
    if (mistake) source.add(['stages', id, 'resources', 'shards'], 'value', mistake);
  }
  if (source.problems.length > 0) {
    const stages = merged.stages.flatMap(({ id, written, uses = '', found }): TypedStage[] =>
      found === undefined ? [] : [{ id, uses, type: found.type, variantOf: written }],
    );
    return { problems: sortProblems(source.problems, source.files), stages, warnings };
  }

  const stages = merged.stages.map((draft): PipelineStage => {
    const { id, written, cell, inputs } = draft;
    const { type, module } = draft.found!;
    return {
      id,
      uses: draft.uses!,
      type,
      module,
      from: inputs,
      with: draft.with!,
      ...resourcesOf(validParts.stages[written]),
      outline: outlines.get(id),
      warnings: warningsByStage.get(id),
      ...(cell && { cell, variantOf: written }),
    };
  });
  const { name, description } = validParts;
  const pipeline: Pipeline = {
    name: name ?? basename(file, extname(file)),
    file: resolve(file),
    place,
    params,
    stages,
  };
  if (description !== undefined) pipeline.description = description;
  if (cells.length > 1 || Object.keys(cells[0] ?? {}).length > 0)
    pipeline.cells = cells.map((values, at) => ({ params: values, stages: merged.ids[at]! }));
  return { pipeline, warnings };
}
