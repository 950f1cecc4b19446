import { planPipeline } from '../pipeline/plan/plan-stages.js';
import { type ArtifactKind, objectsOf } from '../stage/artifact.js';
import { distinctObjects } from '../stage/distinct-objects.js';
import type { OpenedRecipe } from './project-types.js';

/** A stage of a recipe, and what the cache has of it. */
export interface ListedStage {
  id: string;
  /** As written: `train`, `./stages/mine.js`. */
  uses: string;
  output: ArtifactKind;
  cached: boolean;
  /** In the stage's own words; if it is not cached, why. */
  summary?: string;
  /** Size of all objects that the result references; results share them. */
  bytes?: number;
}

/** See `Recipe.stages`. */
export async function listStages(recipe: OpenedRecipe): Promise<ListedStage[]> {
  const setting = await recipe.setting();
  const { stages } = await planPipeline(setting);
  await setting.cache.flush();
  return stages.map((planned): ListedStage => {
    const { id, uses, type } = planned.stage;
    if (planned.type !== 'hit') {
      const summary = planned.because.map(({ text }) => text).join(', ');
      return { id, uses, output: type.output, cached: false, summary };
    }
    const { artifact, summary } = planned.entry;
    const bytes = distinctObjects(objectsOf(artifact)).reduce((sum, { size }) => sum + size, 0);
    return { id, uses, output: artifact.kind, cached: true, summary, bytes };
  });
}
