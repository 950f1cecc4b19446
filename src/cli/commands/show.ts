import type { Artifact } from '../../artifact.js';
import { EtudeError } from '../../errors.js';
import { planPipeline } from '../../plan/plan.js';
import type { Objects } from '../../stage-type.js';
import type { Line } from '../../ui/line.js';
import { findStage, openCacheFor, openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';
import { resolveEngine } from '../resolve-engine.js';

export interface ShowOptions extends RecipeOptions {
  split?: string;
  rows?: number;
  json?: boolean;
}

/** An artifact opened for showing. */
export interface View {
  /** What `--json` prints. */
  json(): Promise<unknown>;
  /** What a person reads, in lines of at most `width` columns. */
  lines(width: number): Promise<Line[]>;
}

/** Which part of an artifact is wanted. */
export interface Part {
  split?: string;
  /** Rows of each split. */
  rows: number;
}

const DEFAULT_ROWS = 5;

/** `etude show RECIPE STAGE`: looks into what a stage made. */
export async function show(recipe: string, stage: string, options: ShowOptions): Promise<void> {
  const pipeline = await openRecipe(recipe, options);
  const { id } = await findStage(pipeline, stage);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options);
  const { stages } = await planPipeline({ pipeline, cache, engineId });
  const planned = stages.find((each) => each.stage.id === id);
  if (planned?.type !== 'hit') {
    const because = planned?.because.map((reason) => reason.text).join(', ');
    throw new EtudeError(`stage '${id}' has no result in the cache${because ? `: ${because}` : ''}`, {
      hint: `Compute it with: etude run ${recipe}`,
    });
  }
  const { artifact } = planned.entry;
  const view = await open(artifact, cache.objects, {
    split: options.split,
    rows: options.rows ?? DEFAULT_ROWS,
  });
  if (options.json) printJson(await view.json());
  else printLines(await view.lines(outputWidth()));
}

async function open(artifact: Artifact, objects: Objects, part: Part): Promise<View> {
  switch (artifact.kind) {
    case 'dataset':
      return (await import('../show/dataset.js')).openDatasetView(artifact, objects, part);
    case 'model':
      return (await import('../show/model.js')).openModelView(artifact);
    case 'report':
      return (await import('../show/report.js')).openReportView(artifact, objects, part);
  }
}
