import type { ClassifierErrorCode } from './types.js';

/** A problem that a person can understand, and often fix. */
export class ClassifierError extends Error {
  constructor(
    readonly code: ClassifierErrorCode,
    message: string,
    /** What to do about it, in one sentence. */
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'ClassifierError';
  }
}
