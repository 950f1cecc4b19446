import type { Artifact, Objects } from '../../index.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';
import { stageLines } from '../show/stages.js';
import type { Part, View } from '../show/view.js';

export interface ShowOptions extends RecipeOptions {
  split?: string;
  rows?: number;
  json?: boolean;
}

/** The number of rows shown by default; the JSON of a report has all. */
const DEFAULT_ROWS = 5;

/** `etude show RECIPE [STAGE]`: shows a stage's result; without a stage, lists the stages. */
export async function show(recipe: string, stage: string | undefined, options: ShowOptions): Promise<void> {
  const opened = await openRecipe(recipe, options);
  if (stage === undefined) {
    const stages = await opened.stages();
    if (options.json) printJson({ stages });
    else printLines(stageLines(stages, recipe, outputWidth()));
    return;
  }
  const { artifact, objects, origin } = await opened.artifact(stage);
  const view = await open(artifact, objects, {
    split: options.split,
    rows:
      options.rows ?? (options.json && artifact.kind === 'report' ? Number.POSITIVE_INFINITY : DEFAULT_ROWS),
    origin,
  });
  if (options.json) printJson(await view.json());
  else printLines(await view.lines(outputWidth()));
}

async function open(artifact: Artifact, objects: Objects, part: Part): Promise<View> {
  switch (artifact.kind) {
    case 'dataset':
      return (await import('../show/dataset.js')).openDatasetView(artifact, objects, part);
    case 'model':
      return (await import('../show/model.js')).openModelView(artifact, objects);
    case 'report':
      return (await import('../show/report.js')).openReportView(artifact, objects, part);
  }
}
