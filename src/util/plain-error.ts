import { EtudeError, type EtudeErrorOptions } from './errors.js';

/** An error as plain data, to cross between threads and processes. */
export type PlainError =
  | { kind: 'etude'; message: string; options: Omit<EtudeErrorOptions, 'cause'> }
  | { kind: 'defect'; message: string; stack?: string };

/** Converts an error for a message to another thread or process. */
export function toPlainError(error: unknown): PlainError {
  if (error instanceof EtudeError) {
    const { message, expected, got, where, hint } = error;
    return { kind: 'etude', message, options: { expected, got, where, hint } };
  }
  if (error instanceof Error) return { kind: 'defect', message: error.message, stack: error.stack };
  return { kind: 'defect', message: String(error) };
}

/** The error from `toPlainError`'s result. */
export function fromPlainError(plain: PlainError): Error {
  if (plain.kind === 'etude') return new EtudeError(plain.message, plain.options);
  const error = new Error(plain.message);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
