/** Parameters of the built-in stage types after defaults. Written by `npm run schemas` from schemas/stages; not by hand. */

/**
 * Drops columns of a data set; no data moves.
 */
export interface RemoveColumnsParams {
  /**
   * Names of the columns to drop.
   *
   * @minItems 1
   */
  columns: string[];
}

/**
 * Renames columns of a data set; no data moves.
 */
export interface RenameParams {
  /**
   * Old name: new name, for each column to rename.
   */
  columns: {
    [k: string]: string;
  };
}

/**
 * Cuts a split of a data set into a train and a test part, with the rows that train_test_split of Hugging Face datasets gives. Other splits pass through.
 */
export interface SplitParams {
  /**
   * Rows of the test part: a fraction between 0 and 1, or a number of rows. Default: what train_size leaves, else 0.25.
   */
  test_size?: number;
  /**
   * Rows of the train part: a fraction between 0 and 1, or a number of rows. Default: what test_size leaves.
   */
  train_size?: number;
  /**
   * Seed of NumPy's default_rng. (Hugging Face draws one at random when it is left out; here it is 42.)
   */
  seed: number;
  /**
   * Shuffle the rows first; if not, the first rows are for training and those after them for testing.
   */
  shuffle: boolean;
  /**
   * A ClassLabel column whose classes keep their shares in both parts.
   */
  stratify_by_column?: string;
  /**
   * A column of names or numbers (the speaker, say): no group is in both parts, and the sizes are as near as possible to those asked for.
   */
  group_by_column?: string;
  /**
   * The split to cut. Default: the only one, or train.
   */
  split?: string;
  /**
   * Name of the train part.
   */
  train_split_name: string;
  /**
   * Name of the test part; validation, say, where the data set has a test split already.
   */
  test_split_name: string;
}
