/** Parameters of the built-in stage types after defaults. Written by `npm run schemas` from schemas/stages; not by hand. */

/**
 * Decode a column of audio to mono samples at one sampling rate, as cast_column(column, Audio(sampling_rate)) does on access.
 */
export interface CastAudioParams {
  /**
   * Name of the audio column.
   */
  column: string;
  /**
   * Target rate in Hz; that of the model's feature extractor.
   */
  sampling_rate: number;
  /**
   * Mix channels down to their mean. Features are extracted from one channel, so there is no other choice.
   */
  mono: true;
}

/**
 * Reads a data set from Parquet, CSV, JSON Lines or a folder of audio, as load_dataset of Hugging Face datasets does.
 */
export interface LoadParams {
  /**
   * A folder, a file (.parquet, .csv, .tsv, .jsonl), or a format (parquet, csv, json, audiofolder) with data_files or data_dir.
   */
  path: string;
  /**
   * A configuration of the data set: one that its README.md lists, or a folder of that name.
   */
  name?: string;
  /**
   * A folder: below path, or, where path is a format, of its own.
   */
  data_dir?: string;
  /**
   * Files or patterns (*, **): for the train split, or a map from split to files. Files of a split are read in the order of their names.
   */
  data_files?:
    | string
    | string[]
    | {
        [k: string]: string | string[];
      };
  /**
   * Which split to read: train, train[:100], train[10%:20%], train+test. Default: all.
   */
  split?: string;
  /**
   * A version of a data set of the Hugging Face Hub; has no meaning for files on this machine.
   */
  revision?: string;
  /**
   * Columns to read. Default: all.
   *
   * @minItems 1
   */
  columns?: string[];
  /**
   * Column that holds audio: paths relative to the file, in CSV and JSON Lines (default: audio, where there is one); bytes, in Parquet without metadata.
   */
  audio_column_name?: string;
  /**
   * Column to make a ClassLabel of its sorted values. Default, but not for Parquet: label, where it holds names.
   */
  label_column_name?: string;
  /**
   * Audio folders: false makes labels of the folders' names in any case, true in none. Default: labels where there are several, at one depth, and no metadata file.
   */
  drop_labels?: boolean;
  /**
   * Audio folders: true passes metadata.csv and metadata.jsonl over. Default: false.
   */
  drop_metadata?: boolean;
}

/**
 * Turn decoded audio into model inputs (input_values and, where asked for, attention_mask) with a feature extractor, as dataset.map(preprocess_function, batched=True) does.
 */
export interface MapPreprocessParams {
  /**
   * A checkpoint folder with a preprocessor_config.json, or the content of such a file.
   */
  feature_extractor:
    | string
    | {
        /**
         * The class in transformers.
         */
        feature_extractor_type?: string;
        /**
         * Values a sample; 1 for mono samples.
         */
        feature_size?: 1;
        /**
         * Hz that the model was trained at.
         */
        sampling_rate?: number;
        /**
         * What padding is filled with.
         */
        padding_value?: number;
        /**
         * Where padding goes.
         */
        padding_side?: 'right' | 'left';
        /**
         * Give each clip zero mean and unit variance.
         */
        do_normalize?: boolean;
        /**
         * Return a mask of real samples; for models with feat_extract_norm 'layer'.
         */
        return_attention_mask?: boolean;
      };
  /**
   * Name of the column of decoded audio.
   */
  column: string;
  /**
   * Samples that a clip is cut to (with truncation) or filled up to (with padding: max_length).
   */
  max_length?: number;
  /**
   * Cut clips longer than max_length.
   */
  truncation: boolean;
  /**
   * true or longest: fill up to the longest clip of the batch (batch_size rows of a chunk, in stored order); max_length: fill up to max_length; false or do_not_pad: leave lengths as they are, the training pads each batch.
   */
  padding: true | false | 'longest' | 'max_length' | 'do_not_pad';
  /**
   * Round padded (and truncated) lengths up to a multiple of this many samples.
   */
  pad_to_multiple_of?: number;
  /**
   * Return a mask of real samples; if left out, what the feature extractor says.
   */
  return_attention_mask?: boolean;
  /**
   * Columns that the result leaves out.
   */
  remove_columns: string | string[];
  /**
   * Clips that are padded together; matters with padding: longest only.
   */
  batch_size: number;
}

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
