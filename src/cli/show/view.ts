import type { Origin } from '../../project/report-clip-names.js';
import type { Line } from '../../terminal/line.js';

/** An artifact opened for showing. */
export interface View {
  /** What `--json` prints. */
  json(): Promise<unknown>;
  /** What a person reads, in lines of at most `width` columns. */
  lines(width: number): Promise<Line[]>;
}

/** Which part of an artifact is shown. */
export interface Part {
  split?: string;
  /** Rows of each split; `Infinity` for all. */
  rows: number;
  /** For a report: the results that its dataset was made from. */
  origin?: Origin;
}
