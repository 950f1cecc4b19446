import { EtudeError } from '../../../util/errors.js';
import type { StageOutput } from '../stage-task.js';

/** A stage read a file of the user's that does not count. */
export function unseenFile(path: string): EtudeError {
  return new EtudeError(
    'the stage type reads a file that is not in its fingerprint, so changes to it would go unnoticed',
    {
      where: { file: path },
      hint: "List the file in the module's `sources`, or write it in its code as new URL('./…', import.meta.url).",
    },
  );
}

/**
 * A stage loaded code that does not count.
 *
 * @param loader what loads it: the stage type, or the module of a metric
 */
export function unknownModule(path: string, loader: string): EtudeError {
  return new EtudeError(
    `${loader} loads code that is not in its fingerprint, so changes to it would go unnoticed`,
    {
      where: { file: path },
      hint: 'Import it by a literal name: import … from "./…" or await import("./…").',
    },
  );
}

/** An error as a verdict. */
export function failed({ message, where, hint }: EtudeError): Extract<StageOutput, { type: 'failed' }> {
  return { type: 'failed', message, options: { where, hint } };
}
