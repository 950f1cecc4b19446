import type { ChangedClip } from './compare-predictions.js';

/** One thing that differs. */
export interface Difference {
  /** Absent if it concerns all stages. */
  stage?: string;
  kind:
    | 'stage'
    | 'wire'
    | 'parameter'
    | 'data'
    | 'code'
    | 'library'
    | 'engine'
    | 'result'
    | 'metric'
    | 'prediction';
  field: string;
  before?: string | number;
  after?: string | number;
  text: string;
  /**
   * Of `prediction`: how many clips changed, the p-value of McNemar's exact test, and the first of the clips.
   */
  clips?: {
    /** Right before, wrong after. */
    lost: number;
    /** Wrong before, right after. */
    won: number;
    /** Wrong before and after, in different ways. */
    otherwise: number;
    num_rows: number;
    p: number;
    first: { lost: ChangedClip[]; won: ChangedClip[] };
  };
}
