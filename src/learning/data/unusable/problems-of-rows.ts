import type { Feature } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { decodeColumn, encodeColumn } from '../column.js';

/**
 * The role under which a chunk's result stores why rows are unusable. No transform may use this name for a
 * column.
 */
export const PROBLEM = 'problem';

const text: Feature = { _type: 'Value', dtype: 'string' };

/** Why a row is unusable: the parts of an EtudeError, and the clip's name if it has one. */
export interface RowProblem {
  message: string;
  expected?: string;
  got?: string;
  hint?: string;
  file?: string;
  /** The row is usable, but hardly by later stages: reported only along with unusable ones. */
  doubtful?: true;
}

/** The unusable rows of one chunk. */
export class RowProblems {
  readonly #rows: number;
  readonly #found = new Map<number, RowProblem>();

  constructor(rows: number) {
    this.#rows = rows;
  }

  /**
   * @throws what is not an EtudeError, and thus not about the row.
   */
  note(row: number, error: unknown, file?: string | null): void {
    if (!(error instanceof EtudeError)) throw error;
    const { message, expected, got, hint } = error;
    this.#found.set(row, { message, expected, got, hint, file: file ?? undefined });
  }

  /** Notes that a row can be used here, but hardly later. */
  doubt(row: number, message: string, file?: string | null): void {
    this.#found.set(row, { message, file: file ?? undefined, doubtful: true });
  }

  get none(): boolean {
    return this.#found.size === 0;
  }

  /** As a column of JSON texts, null for usable rows. */
  encode(): Uint8Array {
    const texts = Array.from({ length: this.#rows }, (_, row) => {
      const problem = this.#found.get(row);
      return problem === undefined ? null : JSON.stringify(problem);
    });
    return encodeColumn(text, texts);
  }
}

/** What `encode` wrote, by row. */
export function decodeProblems(bytes: Uint8Array): Map<number, RowProblem> {
  const column = decodeColumn(text, bytes);
  const problems = new Map<number, RowProblem>();
  for (let row = 0; row < column.length; row++) {
    const value = column.get(row);
    if (typeof value === 'string') problems.set(row, JSON.parse(value) as RowProblem);
  }
  return problems;
}
