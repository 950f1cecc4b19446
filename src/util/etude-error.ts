/** Where a problem is: a recipe position, a data file and row, a tensor of a checkpoint. */
export interface Where {
  file?: string;
  line?: number;
  column?: number;
  /** Row number within `file` or within a dataset, counted from 0. */
  row?: number;
}

/** The parts of a problem report that a person can act on. */
export interface EtudeErrorOptions {
  expected?: string;
  got?: string;
  where?: Where;
  /** What to do about it, in one sentence. */
  hint?: string;
  cause?: unknown;
}

/**
 * Marks errors made by any copy of this module: the bundled command line and a user's stage module have one
 * each.
 */
const MARK = Symbol.for('etude-audio.EtudeError');

/**
 * A problem that the user can run into and fix: shown as a message, never with a stack trace. Anything else
 * that is thrown is a bug in Etude and is reported as one.
 */
export class EtudeError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: a class that extends this one is asked by itself
    if (this === EtudeError) return value instanceof Error && MARK in value;
    return Function.prototype[Symbol.hasInstance].call(this, value);
    // biome-ignore-end lint/complexity/noThisInStatic: as above
  }

  readonly [MARK] = true;
  readonly expected?: string;
  readonly got?: string;
  readonly where?: Where;
  readonly hint?: string;

  constructor(message: string, options: EtudeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EtudeError';
    this.expected = options.expected;
    this.got = options.got;
    this.where = options.where;
    this.hint = options.hint;
  }

  /** The whole problem as lines of text: position, message, expected and got, hint. */
  describe(): string {
    const lines = [`${formatWhere(this.where)}${this.message}`];
    if (this.expected !== undefined) lines.push(`  expected ${this.expected}`);
    if (this.got !== undefined) lines.push(`  got      ${this.got}`);
    if (this.hint !== undefined) lines.push(`  ${this.hint}`);
    // A line break in a name does not start a new line, which could be mistaken for one of ours.
    return lines.map((line) => line.replaceAll(/\r?\n(?! )/g, '\n    ')).join('\n');
  }
}

/** `file:line:column row n: `, with the parts that are known; empty when none are. */
export function formatWhere(where: Where | undefined): string {
  if (where === undefined) return '';
  const position = [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
  const row = where.row === undefined ? '' : `row ${where.row}`;
  const text = [position, row].filter((part) => part !== '').join(' ');
  return text === '' ? '' : `${text}: `;
}
