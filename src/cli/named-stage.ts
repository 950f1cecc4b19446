import type { ArtifactKind, Recipe } from '../index.js';
import { stagesToName } from '../project/artifact.js';
import { EtudeError } from '../util/errors.js';
import { EXIT, reportError, SilentFailure } from './errors.js';

/** The stage that the user named; if none, a usage error that lists the stages. */
export function namedStage(recipe: Recipe, stage: string | undefined, kind?: ArtifactKind): string {
  if (stage !== undefined) return stage;
  const message = 'no stage named';
  reportError(new EtudeError(message, { expected: stagesToName(recipe.pipeline, kind) }), process.stderr);
  throw new SilentFailure(message, EXIT.usage);
}
