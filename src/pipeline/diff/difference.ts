/** One thing that differs. */
export interface Difference {
  /** Absent where it is about all stages. */
  stage?: string;
  kind: 'stage' | 'wire' | 'parameter' | 'data' | 'code' | 'library' | 'engine' | 'result' | 'metric';
  field: string;
  before?: string | number;
  after?: string | number;
  text: string;
}
