import type { ReportedRun } from '../../learning/report/section.js';
import type { PipelineStage } from '../../pipeline/recipe/pipeline.js';
import type { DatasetArtifact } from '../../stage/artifact.js';
import { quoted } from '../../util/shell-word.js';
import type { OpenedRecipe } from '../project-types.js';
import type { Origin } from '../report-clip-names.js';
import { runsOfRecipe } from './recipe-runs.js';

/**
 * A dataset of a recipe as if it were all of a run, with the stages that it comes from.
 *
 * @param shown The recipe as the user named it.
 */
export async function datasetRun(
  recipe: OpenedRecipe,
  shown: string,
  { stage, artifact, origin }: { stage: string; artifact: DatasetArtifact; origin: Origin },
): Promise<ReportedRun> {
  const [run] = await runsOfRecipe(recipe, shown);
  const { provenance } = run!;
  const ids = upstream(origin);
  const stages = provenance!.stages.filter(({ id }) => ids.has(id));
  return {
    ...run!,
    evaluations: [],
    models: [],
    datasets: [{ stage, artifact }],
    provenance: {
      ...provenance!,
      stages,
      commands: [...provenance!.commands.slice(0, 1).map((command) => `${command} --until ${quoted(stage)}`)],
    },
  };
}

/** The ids of a stage and of all stages before it. */
function upstream({ stage, stages }: Origin): Set<string> {
  const byId = new Map(stages.map((each) => [each.id, each]));
  const ids = new Set<string>();
  const add = (each: PipelineStage | undefined) => {
    if (each === undefined || ids.has(each.id)) return;
    ids.add(each.id);
    for (const id of Object.values(each.from)) add(byId.get(id));
  };
  add(stage);
  return ids;
}
