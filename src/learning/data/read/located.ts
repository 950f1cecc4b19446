import type { Features } from '../../../stage/artifact.js';
import type { DataFile, Format } from './table.js';

/** Files of a dataset, found. */
export interface Located {
  format: Format | 'save_to_disk';
  /** The parameter that names the files. */
  param: 'path' | 'data_files' | 'data_dir';
  /** The dataset's folder, which audio that rows name must be in. */
  root: string;
  /** Another folder for that audio, from `data_root`. */
  dataRoot?: string;
  /** Files by split, in order. */
  splits: Record<string, DataFile[]>;
  /** The dataset card, if its configurations chose the files. */
  card?: DataFile;
  /** What the card says about the columns. */
  declared?: Features;
  /** Files that describe the others (save_to_disk). */
  describing?: DataFile[];
  /** What a person should know about how the files were found. */
  warnings?: string[];
}
