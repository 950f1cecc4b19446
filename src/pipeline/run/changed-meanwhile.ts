import { EtudeError } from '../../util/errors.js';
import type { StageOutput } from './stage-task.js';

type Changed = Extract<StageOutput, { type: 'changed' }>;

/** What changed while a stage ran, in words: `clips/a.wav and 3 more`. */
export function namesOf({ names }: Changed): string {
  return names.length > 1 ? `${names[0]} and ${names.length - 1} more` : (names[0] ?? 'a file');
}

/**
 * The result of a stage is useless, because it does not belong to the files or the code that it was supposed
 * to be computed from.
 */
export function changedMeanwhile(changed: Changed): EtudeError {
  const whose = changed.what === 'code' ? 'the code of its stage type' : 'its input files';
  return new EtudeError(`${whose} changed while the stage ran: ${namesOf(changed)}`, {
    hint: 'Its result was not kept. Run again.',
  });
}
