import type { Features } from './artifact.js';
import type { Place } from './place.js';

export type Outline =
  | {
      kind: 'dataset';
      /** A ClassLabel without names: they are not known yet. */
      features: Features;
      /** Rows per split, if known. */
      splits: Record<string, number | undefined>;
    }
  | {
      kind: 'model';
      labels?: string[];
      sampling_rate?: number;
      problem_type?: string;
      /** Graphs to run elsewhere, without weights: no stage takes it. */
      isExport?: boolean;
    }
  | { kind: 'report' };

export interface OutlineRequest<P> {
  params: P;
  inputs: Record<string, Outline | undefined>;
  place: Place;
  problem(problem: OutlineProblem): void;
  /** For what a person should know before anything runs, though it is not a mistake. */
  warn(text: string): void;
}

/** A problem with one parameter; the recipe room adds file, line, column and a code frame. */
export interface OutlineProblem {
  /** Path inside `with`, e.g. `['columns', 2]`. */
  param: readonly (string | number)[];
  message: string;
  expected?: string;
  got?: string;
  /** A likely spelling, shown as "did you mean 'x'?". */
  suggestion?: string;
  /** What to do about it, in a sentence. */
  hint?: string;
  /**
   * The input that it is about, if the recipe connects several datasets: the position is that of its stage.
   */
  input?: string;
  /** The characters of a text value that it is about, `[start, end)`. Default: all. */
  span?: readonly [start: number, end: number];
}
