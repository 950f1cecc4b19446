import type { ObjectRef } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';

/** An object that is missing from the store, or whose bytes do not match its name. */
export class DamagedObjectError extends EtudeError {
  readonly ref: ObjectRef;
  /** `missing`, `has 12 bytes instead of 40`, `wrong bytes`. */
  readonly problem: string;

  constructor(ref: ObjectRef, problem: string) {
    super(`object ${ref.digest.slice(0, 12)} in the cache is damaged: ${problem}`, {
      hint: 'Run again: whatever needs it is recomputed.',
    });
    this.name = 'DamagedObjectError';
    this.ref = ref;
    this.problem = problem;
  }
}
