/**
 * Parameters of the built-in stage types after defaults. Written by `npm run schemas` from schemas/stages;
 * not by hand.
 */

/**
 * Decode a column of audio to mono samples at one sampling rate, as cast_column(column, Audio(sampling_rate))
 * does on access.
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
  /**
   * What becomes of clips that cannot be decoded: fail names them all, skip goes on without them and tells
   * how many and which.
   */
  on_error: 'fail' | 'skip';
}

/**
 * Measure a trained model on splits of a dataset: loss, accuracy, F1, a confusion matrix and a prediction a
 * row.
 */
export interface EvaluateParams {
  /**
   * Name of the split to evaluate, or several; the first is the main one.
   */
  split: string | string[];
  /**
   * Clips a batch. Without attention mask, clips are padded to the longest of their batch.
   */
  batch_size: number;
  /**
   * Name of the ClassLabel column.
   */
  label_column: string;
  /**
   * Name of the column of normalised samples.
   */
  input_column: string;
}

/**
 * Reads a dataset from Parquet, CSV, JSON Lines or a folder of audio, as load_dataset of Hugging Face
 * datasets does.
 */
export interface LoadParams {
  /**
   * A folder (one that save_to_disk wrote, too), a file (.parquet, .csv, .tsv, .jsonl), a dataset of the
   * Hugging Face Hub (PolyAI/minds14), or a format (parquet, csv, json, audiofolder) with data_files or
   * data_dir.
   */
  path: string;
  /**
   * A configuration of the dataset: one that its README.md lists, or a folder of that name.
   */
  name?: string;
  /**
   * A folder: below path, or, where path is a format, of its own.
   */
  data_dir?: string;
  /**
   * The folder that audio named by rows of CSV, JSON Lines and metadata files must lie in, in place of the
   * dataset's own: absolute paths and '..' may lead into it, and relative paths are looked for there, too.
   * Default: the folder of the dataset.
   */
  data_root?: string;
  /**
   * Files or patterns (*, **): for the train split, or a map from split to files. Files of a split are read
   * in the order of their names.
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
   * Branch, tag or commit of a dataset of the Hugging Face Hub (default: main); has no meaning for files on
   * this machine.
   */
  revision?: string;
  /**
   * Columns to read. Default: all.
   *
   * @minItems 1
   */
  columns?: string[];
  /**
   * Column that holds audio: paths relative to the file, in CSV and JSON Lines (default: audio, where there
   * is one); bytes, in Parquet without metadata.
   */
  audio_column_name?: string;
  /**
   * Column to make a ClassLabel of its sorted values. Default, but not for Parquet: label, where it holds
   * names.
   */
  label_column_name?: string;
  /**
   * Audio folders: false makes labels of the folders' names in any case, true in none. Default: labels where
   * there are several, at one depth, and no metadata file.
   */
  drop_labels?: boolean;
  /**
   * Audio folders: true passes metadata.csv and metadata.jsonl over. Default: false.
   */
  drop_metadata?: boolean;
  /**
   * What becomes of rows whose audio file is missing, or that have no label: fail (the default) names them
   * all, skip goes on without them and reports how many and which.
   */
  on_error?: 'fail' | 'skip';
}

/**
 * Turn decoded audio into model inputs (input_values and, where asked for, attention_mask) with a feature
 * extractor, as dataset.map(preprocess_function, batched=True) does.
 */
export interface MapPreprocessParams {
  /**
   * A checkpoint with a preprocessor_config.json (a folder, or the name of a repository of the Hugging Face
   * Hub), or the content of such a file.
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
   * Branch, tag or commit of a feature extractor of the Hugging Face Hub. Default: main.
   */
  revision?: string;
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
   * true or longest: fill up to the longest clip of the batch (batch_size rows of a chunk, in stored order);
   * max_length: fill up to max_length; false or do_not_pad: leave lengths as they are, the training pads each
   * batch.
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
  /**
   * What becomes of clips that cannot be used (without audio, or too short for the model of the feature
   * extractor's checkpoint): fail names them all, skip goes on without them and tells how many and which.
   */
  on_error: 'fail' | 'skip';
}

/**
 * Drops columns of a dataset; no data moves.
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
 * Renames columns of a dataset; no data moves.
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
 * Cuts a split of a dataset into a train and a test part, with the rows that train_test_split of Hugging Face
 * datasets gives. Other splits pass through.
 */
export interface SplitParams {
  /**
   * Rows of the test part: a fraction between 0 and 1, or a number of rows. Default: what train_size leaves,
   * else 0.25.
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
   * A column of names or numbers (the speaker, say): no group is in both parts, and the sizes are as near as
   * possible to those asked for.
   */
  group_by_column?: string;
  /**
   * The groups of group_by_column that make the test part, by name: all others are for training. Takes the
   * place of test_size and train_size.
   *
   * @minItems 1
   */
  test_groups?: (string | number)[];
  /**
   * The split to cut. Default: the only one, or train.
   */
  split?: string;
  /**
   * Name of the train part.
   */
  train_split_name: string;
  /**
   * Name of the test part; validation, say, where the dataset has a test split already.
   */
  test_split_name: string;
}

/**
 * Fine-tune a Wav2Vec2 or HuBERT checkpoint to classify clips. Parameters have the names, the meaning and the
 * defaults of transformers' TrainingArguments.
 */
export interface TrainParams {
  /**
   * A checkpoint in the Hugging Face layout (config.json, model.safetensors and, if it has one,
   * preprocessor_config.json): a folder, or the name of a repository of the Hugging Face Hub
   * (facebook/wav2vec2-base).
   */
  model: string;
  /**
   * Branch, tag or commit of a model of the Hugging Face Hub. Default: main.
   */
  revision?: string;
  /**
   * pretrained: the checkpoint's; random: only the checkpoint's architecture, with new weights, for an honest
   * comparison.
   */
  initial_weights: 'pretrained' | 'random';
  /**
   * Start anew what has another shape in the checkpoint (a head for other classes) instead of refusing it.
   */
  ignore_mismatched_sizes: boolean;
  /**
   * Values in place of those of the checkpoint's config.json, as keyword arguments of from_pretrained:
   * dropout, layerdrop, SpecAugment and the like. They are saved with the model.
   */
  config?: {
    /**
     * Dropout of hidden states (0.1).
     */
    hidden_dropout?: number;
    /**
     * Dropout between the two layers of each feed-forward part (0.1).
     */
    activation_dropout?: number;
    /**
     * Dropout of attention probabilities (0.1).
     */
    attention_dropout?: number;
    /**
     * Dropout after the projection of the convolutions' features (0).
     */
    feat_proj_dropout?: number;
    /**
     * Probability that a layer is skipped (0.1).
     */
    layerdrop?: number;
    /**
     * Whether frames and features are masked in training (true).
     */
    apply_spec_augment?: boolean;
    /**
     * Part of the frames that masked spans begin in, times mask_time_length (0.05).
     */
    mask_time_prob?: number;
    /**
     * Frames of a masked span (10).
     */
    mask_time_length?: number;
    /**
     * The fewest masked spans a clip (2).
     */
    mask_time_min_masks?: number;
    /**
     * The same for feature dimensions: part (0).
     */
    mask_feature_prob?: number;
    /**
     * Dimensions of a masked span (10).
     */
    mask_feature_length?: number;
    /**
     * The fewest masked spans of dimensions (0).
     */
    mask_feature_min_masks?: number;
    /**
     * Layers of the Transformer encoder (12); fewer than the checkpoint has are its first ones.
     */
    num_hidden_layers?: number;
    /**
     * Classify by a learned sum of all layers' outputs, not by the last one (false).
     */
    use_weighted_layer_sum?: boolean;
    /**
     * Size of the projection before the classifier (256).
     */
    classifier_proj_size?: number;
    /**
     * Standard deviation of new weights (0.02).
     */
    initializer_range?: number;
  };
  /**
   * Do not train the convolutions; a clip's features are then computed once, not once an epoch.
   */
  freeze_feature_encoder: boolean;
  /**
   * Name of the ClassLabel column.
   */
  label_column: string;
  /**
   * Name of the column of normalised samples.
   */
  input_column: string;
  /**
   * Name of the split to train on.
   */
  train_split: string;
  /**
   * Name of the split that evaluations during training use, when eval_strategy is not 'no'.
   */
  eval_split: string;
  /**
   * Clips a batch in training.
   */
  per_device_train_batch_size: number;
  /**
   * Clips a batch in evaluations during training.
   */
  per_device_eval_batch_size: number;
  /**
   * Batches whose gradients make one update; see gradient_accumulation_loss.
   */
  gradient_accumulation_steps: number;
  /**
   * mean (if left out): the loss of an update is averaged over all its clips; sum: it is the sum of its
   * batches' means, which transformers 5.23 trains Wav2Vec2 and HuBERT on.
   */
  gradient_accumulation_loss?: 'mean' | 'sum';
  /**
   * Initial (after warm-up: highest) learning rate of AdamW.
   */
  learning_rate: number;
  /**
   * Decoupled weight decay; biases and norms are spared.
   */
  weight_decay: number;
  /**
   * Decay rate of the first moment.
   */
  adam_beta1: number;
  /**
   * Decay rate of the second moment.
   */
  adam_beta2: number;
  /**
   * Added to the root of the second moment.
   */
  adam_epsilon: number;
  /**
   * Gradients are scaled down to this global norm; 0 turns clipping off.
   */
  max_grad_norm: number;
  /**
   * Passes over the training split; a fraction ends in the middle of the last one.
   */
  num_train_epochs: number;
  /**
   * Updates of the weights; above 0 it takes the place of num_train_epochs.
   */
  max_steps: number;
  /**
   * How the learning rate goes on after warm-up. reduce_lr_on_plateau knows no warm-up: it lowers the rate
   * when metric_for_best_model stops improving.
   */
  lr_scheduler_type:
    | 'linear'
    | 'cosine'
    | 'cosine_with_restarts'
    | 'polynomial'
    | 'constant'
    | 'constant_with_warmup'
    | 'inverse_sqrt'
    | 'reduce_lr_on_plateau'
    | 'cosine_with_min_lr'
    | 'cosine_warmup_with_min_lr'
    | 'warmup_stable_decay';
  /**
   * Options of the schedule, by the names and with the defaults of transformers: num_cycles; lr_end and power
   * (polynomial); timescale (inverse_sqrt); min_lr or min_lr_rate (cosine_with_min_lr,
   * cosine_warmup_with_min_lr); num_decay_steps and more (warmup_stable_decay); factor, patience and more
   * (reduce_lr_on_plateau).
   */
  lr_scheduler_kwargs: {
    /**
     * Waves of the cosine (0.5: one fall), or restarts (1).
     */
    num_cycles?: number;
    /**
     * Last learning rate of the polynomial (1e-7).
     */
    lr_end?: number;
    /**
     * Power of the polynomial (1).
     */
    power?: number;
    /**
     * Time scale of inverse_sqrt, in steps (the warm-up, else 10000).
     */
    timescale?: number;
    /**
     * Lowest learning rate of the cosine; with reduce_lr_on_plateau: below which the rate is not lowered (0).
     */
    min_lr?: number;
    /**
     * Lowest learning rate of the cosine, as a part of learning_rate.
     */
    min_lr_rate?: number;
    /**
     * cosine_warmup_with_min_lr: part of learning_rate at which warm-up starts (if left out, that of one
     * step).
     */
    warmup_lr_rate?: number;
    /**
     * warmup_stable_decay: steps of the fall at the end; needed.
     */
    num_decay_steps?: number;
    /**
     * warmup_stable_decay: steps between warm-up and fall (all that are left).
     */
    num_stable_steps?: number;
    /**
     * warmup_stable_decay: shape of the warm-up (linear).
     */
    warmup_type?: 'linear' | 'cosine' | '1-sqrt';
    /**
     * warmup_stable_decay: shape of the fall (cosine).
     */
    decay_type?: 'linear' | 'cosine' | '1-sqrt';
    /**
     * warmup_stable_decay: learning rate at the start and the end, as a part of learning_rate (0).
     */
    min_lr_ratio?: number;
    /**
     * reduce_lr_on_plateau: whether the metric is to fall or to rise (min).
     */
    mode?: 'min' | 'max';
    /**
     * reduce_lr_on_plateau: by which the rate is multiplied (0.1).
     */
    factor?: number;
    /**
     * reduce_lr_on_plateau: evaluations without improvement that are let pass (10).
     */
    patience?: number;
    /**
     * reduce_lr_on_plateau: how much better counts as better (1e-4).
     */
    threshold?: number;
    /**
     * reduce_lr_on_plateau: whether threshold is a part of the best value or a difference (rel).
     */
    threshold_mode?: 'rel' | 'abs';
    /**
     * reduce_lr_on_plateau: evaluations to wait after the rate was lowered (0).
     */
    cooldown?: number;
    /**
     * reduce_lr_on_plateau: a smaller change of the rate is left (1e-8).
     */
    eps?: number;
  };
  /**
   * Part of all updates in which the learning rate rises from 0; warmup_steps wins over it. transformers 5
   * has warmup_steps below 1 in its place.
   */
  warmup_ratio: number;
  /**
   * Updates in which the learning rate rises from 0; below 1, a part of all updates.
   */
  warmup_steps: number;
  /**
   * Part of the target that is spread over all classes.
   */
  label_smoothing_factor: number;
  /**
   * Leave out an epoch's last batch if it is not full.
   */
  dataloader_drop_last: boolean;
  /**
   * random: a new order each epoch; sequential: as they lie in the split; group_by_length: random, but with
   * clips of like length in a batch, which pads less.
   */
  train_sampling_strategy: 'random' | 'sequential' | 'group_by_length';
  /**
   * When the training loss is logged.
   */
  logging_strategy: 'no' | 'steps' | 'epoch';
  /**
   * Log the first update, too.
   */
  logging_first_step: boolean;
  /**
   * With logging_strategy 'steps': a whole number of updates, or, below 1, a part of all updates.
   */
  logging_steps: number;
  /**
   * When the model is evaluated during training.
   */
  eval_strategy: 'no' | 'steps' | 'epoch';
  /**
   * With eval_strategy 'steps': a whole number of updates, or, below 1, a part of all updates. If left out,
   * logging_steps.
   */
  eval_steps?: number;
  /**
   * Evaluate before the first update, too.
   */
  eval_on_start: boolean;
  /**
   * Epochs or updates, by eval_strategy, before the first evaluation.
   */
  eval_delay: number;
  /**
   * When the training state is saved; best: after each evaluation that is the best so far. It is saved at the
   * end of each epoch in any case, so that an interrupted training goes on.
   */
  save_strategy: 'no' | 'steps' | 'epoch' | 'best';
  /**
   * With save_strategy 'steps': a whole number of updates, or, below 1, a part of all updates.
   */
  save_steps: number;
  /**
   * How many training states to keep. Never more than the newest and the best are kept, and none once the
   * training has succeeded.
   */
  save_total_limit?: number;
  /**
   * Give the weights of the best evaluation that was saved, not the last ones; needs equal eval_strategy and
   * save_strategy, or save_strategy 'best'.
   */
  load_best_model_at_end: boolean;
  /**
   * Metric of the evaluation that says which model is best: loss (the default with load_best_model_at_end),
   * accuracy, f1_macro or f1_weighted, with or without 'eval_'.
   */
  metric_for_best_model?: string;
  /**
   * Whether a higher metric is better. If left out: unless the metric's name ends with 'loss'.
   */
  greater_is_better?: boolean;
  /**
   * Stop after this many evaluations in a row without improvement of metric_for_best_model; if left out,
   * never (EarlyStoppingCallback).
   */
  early_stopping_patience?: number;
  /**
   * How much better the metric must be to count as improvement.
   */
  early_stopping_threshold: number;
  /**
   * Seed of new weights, dropout, SpecAugment, layerdrop and, unless there is data_seed, shuffling.
   */
  seed: number;
  /**
   * Seed of the order of clips. If left out, seed.
   */
  data_seed?: number;
}
