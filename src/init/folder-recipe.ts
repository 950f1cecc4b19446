import { stringify } from 'yaml';
import type { FoundData } from './inspect-data.js';

/** Class names that a comment lists. */
const MOST_NAMES = 12;

/** A recipe that fine-tunes Wav2Vec2 on a folder of labelled audio, with what was found there filled in and a comment at each stage. */
export function folderRecipe(data: FoundData, options: { name: string; file: string }): string {
  const splits = Object.keys(data.splits);
  const stages: string[] = [loadStage(data)];
  let last = 'clips';
  const add = (id: string, text: string) => {
    stages.push(text.replaceAll('FROM', last));
    last = id;
  };
  if (!splits.includes('test')) add('parts', splitStage(data, splits));
  if (data.others.length > 0) add('slim', slimStage(data.others));
  add('speech', speechStage(data.audio));
  add('features', featuresStage(data.audio));
  if (data.label !== 'label') add('encoded', renameStage(data.label));
  stages.push(trainStage(splits.includes('validation') ? 'validation' : 'test', last), scoresStage(last));
  return `${head(options)}
stages:
${stages.join('\n')}`;
}

function head({ name, file }: { name: string; file: string }): string {
  return `# Fine-tunes Wav2Vec2 to classify audio.
#
#   etude plan ${file}    what would be computed, and how long it would take
#   etude run ${file}     compute it; run again after an edit, and only what changed is computed
#
# Parameters are spelled as in Hugging Face datasets and transformers.
name: ${scalar(name)}

# Values that several stages share. The checkpoint is a model of the Hugging Face Hub, or a folder.
params:
  checkpoint: facebook/wav2vec2-base
  seed: 42
`;
}

function loadStage({ path, asked, classes, splits, label }: FoundData): string {
  const rows = Object.entries(splits).map(([split, count]) => `${split} ${count ?? 'of unknown length'}`);
  const names = classes.slice(0, MOST_NAMES).map(word).join(', ');
  const more = classes.length > MOST_NAMES ? `, and ${classes.length - MOST_NAMES} more` : '';
  const found =
    classes.length > 0
      ? `\n  # ${classes.length} classes in the column ${word(label)}: ${names}${more}.`
      : '';
  return `  # Clips: ${rows.join(', ')}.${found}
  clips:
    uses: load
    with:
      path: ${scalar(path)}
${asked === undefined ? '' : `      label_column_name: ${scalar(asked)}\n`}`;
}

function splitStage({ label }: FoundData, splits: string[]): string {
  const which =
    splits.length > 1 ? `      split: ${scalar(splits.includes('train') ? 'train' : splits[0]!)}\n` : '';
  return `  # Sets a fifth of the clips aside for testing: the same ones for the same seed. With clips of several people, let no voice be in both parts:
  # group_by_column: speaker (a column that names them).
  parts:
    uses: split
    from: FROM
    with:
${which}      test_size: 0.2
      seed: \${{ params.seed }}
      # stratify_by_column: ${scalar(label)}
`;
}

function slimStage(columns: string[]): string {
  return `  # What the model needs is the audio and the label.
  slim:
    uses: remove-columns
    from: FROM
    with:
      columns: [${columns.map(scalar).join(', ')}]
`;
}

function speechStage(audio: string): string {
  return `  # Decodes the clips, and resamples them to the rate that the checkpoint was pre-trained at.
  speech:
    uses: cast-audio
    from: FROM
    with:
      column: ${scalar(audio)}
      sampling_rate: 16000
`;
}

function featuresStage(audio: string): string {
  const column = audio === 'audio' ? '' : `      column: ${scalar(audio)}\n`;
  return `  # Normalises each clip as the checkpoint wants it, and cuts it at 3 seconds (48000 values): set this to what your clips need.
  features:
    uses: map-preprocess
    from: FROM
    with:
      feature_extractor: \${{ params.checkpoint }}
${column}      max_length: 48000
      truncation: true
      remove_columns: [${scalar(audio)}]
`;
}

function renameStage(label: string): string {
  return `  # The training looks for its classes in a column named label.
  encoded:
    uses: rename
    from: FROM
    with:
      columns:
        ${scalar(label)}: label
`;
}

function trainStage(evalSplit: string, from: string): string {
  const split = evalSplit === 'test' ? '' : `      eval_split: ${evalSplit}\n`;
  return `  # The parameters of transformers' TrainingArguments, by their names. The best epoch's model is kept. Where this is slow, try it with
  # --set max_steps=20 --set eval_strategy=no --set load_best_model_at_end=false first.
  model:
    uses: train
    from: ${from}
    with:
      model: \${{ params.checkpoint }}
      freeze_feature_encoder: true
      learning_rate: 3.0e-5
      warmup_ratio: 0.1
      num_train_epochs: 10
      per_device_train_batch_size: 8
      per_device_eval_batch_size: 8
${split}      eval_strategy: epoch
      save_strategy: epoch
      logging_steps: 10
      load_best_model_at_end: true
      metric_for_best_model: accuracy
      seed: \${{ params.seed }}
`;
}

function scoresStage(dataset: string): string {
  return `  # Accuracy, F1, a confusion matrix and every prediction on clips that the training has not heard.
  scores:
    uses: evaluate
    from:
      model: model
      dataset: ${dataset}
    with:
      split: test
`;
}

/** A text as it may stand anywhere in YAML, in a list in brackets too. */
function scalar(text: string): string {
  if (/^[A-Za-z_.][\w./-]*$/.test(text)) return stringify(text).trim();
  return JSON.stringify(text);
}

/** In a comment: on its line, whatever a folder is called. */
function word(text: string): string {
  return /^[\w .'-]+$/.test(text) ? text : JSON.stringify(text);
}
