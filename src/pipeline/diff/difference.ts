/** One thing that differs. */
export interface Difference {
  /** Absent if it concerns all stages. */
  stage?: string;
  kind: 'stage' | 'wire' | 'parameter' | 'data' | 'code' | 'library' | 'engine' | 'result' | 'metric';
  field: string;
  before?: string | number;
  after?: string | number;
  text: string;
}
