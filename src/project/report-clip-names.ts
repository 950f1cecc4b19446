import { type ClipName, clipNamesOf } from '../learning/data/clip-names.js';
import type { PipelineStage } from '../pipeline/recipe/pipeline.js';
import { nearestAudio } from '../pipeline/run/upstream-audio.js';
import type { Artifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';

/** A stage of a recipe with the results of all of its stages, as far as the cache has them. */
export interface Origin {
  stage: PipelineStage;
  stages: readonly PipelineStage[];
  artifacts: ReadonlyMap<string, Artifact>;
}

/** The names of the clips that a report is about, from the nearest dataset before it that has audio. */
export function reportClipNames(origin: Origin | undefined, objects: Objects): ClipName {
  const found = origin && nearestAudio(origin.stage, origin.stages, (id) => origin.artifacts.get(id));
  return clipNamesOf(found, objects);
}
