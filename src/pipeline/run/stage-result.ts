import type { ArtifactKind } from '../../stage/artifact.js';
import { checkArtifact, eachFile, map, optional, text, wholeNumber } from '../../stage/artifact-shape.js';
import type { Progress, StageResult } from '../../stage/stage-type.js';
import { canonicalJson } from '../../util/canonical-json.js';
import { EtudeError } from '../../util/errors.js';

/**
 * Checks what a stage type's `run` returned, so that a mistake in a user's module is reported here and never
 * reaches the cache or its readers. Throws an EtudeError that names the position.
 */
export function checkResult(value: unknown, kind: ArtifactKind): StageResult {
  try {
    const result = map(value, 'the result of run');
    checkArtifact(result.artifact, kind);
    optional(result.rowsComputed, 'rowsComputed', wholeNumber);
    optional(result.summary, 'summary', text);
    optional(result.kept, 'kept', eachFile);
    // Refuses values that JSON would silently change (NaN, undefined in a list), naming their position.
    canonicalJson(result.artifact);
    return result as unknown as StageResult;
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    throw new EtudeError(`the stage type returned an invalid result: ${error.message}`, {
      expected: error.expected,
      got: error.got,
      hint: 'This is a bug in the stage type, not in the recipe.',
    });
  }
}

/** A progress report as the terminal can show it; undefined for one that reports nothing. */
export function checkProgress(value: unknown): Progress | undefined {
  const { done, total, unit, phase, training } = (value ?? {}) as Partial<Progress>;
  if (typeof done !== 'number' || !Number.isFinite(done)) return undefined;
  const progress: Progress = { done, unit: typeof unit === 'string' ? unit : '' };
  if (typeof total === 'number' && total > 0) progress.total = total;
  if (typeof phase === 'string') progress.phase = phase;
  if (typeof training?.loss === 'number') progress.training = training;
  return progress;
}
