import type { ArtifactKind, Recipe } from '../index.js';
import { stagesToName } from '../project/artifact.js';
import { EtudeError } from '../util/errors.js';
import { EXIT, reportError, SilentFailure } from './errors.js';

/** The stage that somebody named; where nobody did, wrong use, answered with those there are to name. */
export function namedStage(recipe: Recipe, stage: string | undefined, kind?: ArtifactKind): string {
  if (stage !== undefined) return stage;
  const message = 'no stage is named';
  reportError(new EtudeError(message, { expected: stagesToName(recipe.pipeline, kind) }), process.stderr);
  throw new SilentFailure(message, EXIT.usage);
}
