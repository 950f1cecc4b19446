import type { ClassifierErrorCode } from './types.js';

/** A problem that a person can understand, and often fix. */
export class ClassifierError extends Error {
  constructor(
    readonly code: ClassifierErrorCode,
    message: string,
    /** What was expected, or what to do about it. */
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'ClassifierError';
  }
}
