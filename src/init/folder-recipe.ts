import { yamlKey, yamlScalar } from '../pipeline/recipe/yaml-text.js';
import { terminalLine, toJson } from '../terminal/terminal-text.js';
import { count } from '../util/words.js';
import type { Checkpoint } from './checkpoint.js';
import { describeClips, percent } from './describe-clips.js';
import { type FoundData, TEST_SIZE } from './inspect-data.js';

/** The most class names that a comment lists. */
const MOST_NAMES = 12;

/** Where the recipe will be, and what it starts with. */
export interface FolderOptions {
  name: string;
  /** The path of the recipe, for the command line. */
  file: string;
  /** The first line, for editors. */
  schema: string;
  checkpoint: Checkpoint;
}

/**
 * A recipe that fine-tunes Wav2Vec2 on a folder of labelled audio, with what was found there filled in and a
 * comment on each stage.
 */
export function folderRecipe(data: FoundData, options: FolderOptions): string {
  const splits = Object.keys(data.splits);
  const stages: string[] = [];
  let last = 'clips';
  const add = (id: string, text: string) => {
    stages.push(text.replaceAll('FROM', last));
    last = id;
  };
  stages.push(loadStage(data));
  if (!splits.includes('test')) add('parts', splitStage(data, splits));
  if (data.others.length > 0) add('slim', slimStage(data.others));
  add('speech', speechStage(data.audio));
  add('features', featuresStage(data));
  if (data.label !== 'label') add('encoded', renameStage(data.label));
  stages.push(trainStage(splits.includes('validation') ? 'validation' : 'test', last), scoresStage(last));
  return `${head(options)}
stages:
${stages.join('\n')}`;
}

function head({ name, file: path, schema, checkpoint }: FolderOptions): string {
  const file = terminalLine(path);
  return `${schema}
#
# Fine-tunes Wav2Vec2 to classify audio.
#
#   etude plan ${file}    what would be computed, and how long it would take
#   etude run ${file}     run it; after an edit, run it again: only what changed is computed
#
# Parameters are spelled as in Hugging Face datasets and transformers.
name: ${yamlScalar(name)}

# Values shared by several stages. The checkpoint is a model on the Hugging Face Hub, or a folder with
# config.json, model.safetensors and preprocessor_config.json.
${checkpoint.comment.map((line) => `# ${terminalLine(line)}\n`).join('')}params:
  checkpoint: ${yamlScalar(checkpoint.path)}
  seed: 42
`;
}

function loadStage({ path, dataRoot, asked, classes, splits, label, why, clips }: FoundData): string {
  const rows = Object.entries(splits).map(([split, count]) => `${split} ${count ?? 'of unknown length'}`);
  const names = classes.slice(0, MOST_NAMES).map(word).join(', ');
  const more = classes.length > MOST_NAMES ? `, and ${classes.length - MOST_NAMES} more` : '';
  const found =
    classes.length > 0
      ? `\n  # ${count(classes.length, 'class')} in column ${word(label)} (${why}): ${names}${more}.`
      : '';
  const like = clips === undefined ? '' : `\n  # ${describeClips(clips)}.`;
  return `  # Clips: ${rows.join(', ')}.${found}${like}
  clips:
    uses: load
    with:
      path: ${yamlScalar(path)}
${dataRoot === undefined ? '' : `      data_root: ${yamlScalar(dataRoot)}\n`}${asked === undefined ? '' : `      label_column_name: ${yamlScalar(asked)}\n`}`;
}

function splitStage({ label, speakers, cut, train }: FoundData, splits: string[]): string {
  const which = splits.length > 1 ? `      split: ${yamlScalar(train)}\n` : '';
  const stratify = `stratify_by_column: ${yamlScalar(label)}`;
  const byVoice =
    'If there are several speakers, use group_by_column instead, so that no voice is in both parts.';
  const lines =
    cut.by === 'group'
      ? [
          `No speaker is in both parts, so the scores are for unheard voices: ${speakers?.count} in column ${word(speakers!.column)}.`,
          'To choose who is held out, use test_groups: [NAME, …] instead of test_size.',
        ]
      : cut.by === 'stratify'
        ? ['Each class has the same share in both parts.', byVoice]
        : [`Class shares can differ between the two parts: ${cut.why}.`, byVoice];
  const param =
    cut.by === 'group'
      ? `group_by_column: ${yamlScalar(speakers!.column)}`
      : cut.by === 'stratify'
        ? stratify
        : `# ${stratify}`;
  return `  # Holds out a fifth of the clips for testing: the same ones for the same seed.
${lines.map((line) => `  # ${line}\n`).join('')}  parts:
    uses: split
    from: FROM
    with:
${which}      test_size: ${TEST_SIZE}
      seed: \${{ params.seed }}
      ${param}
`;
}

function slimStage(columns: string[]): string {
  return `  # The model needs only the audio and the label.
  slim:
    uses: remove-columns
    from: FROM
    with:
      columns: [${columns.map(yamlScalar).join(', ')}]
`;
}

function speechStage(audio: string): string {
  return `  # Decodes the clips, and resamples them to the rate the checkpoint was pre-trained at.
  speech:
    uses: cast-audio
    from: FROM
    with:
      column: ${yamlScalar(audio)}
      sampling_rate: 16000
`;
}

function featuresStage({ audio, clips }: FoundData): string {
  const column = audio === 'audio' ? '' : `      column: ${yamlScalar(audio)}\n`;
  const { max_length, cut } = clips ?? { max_length: 48_000, cut: undefined };
  const seconds = max_length / 16_000;
  const effect =
    cut === undefined
      ? 'set this to what your clips need'
      : cut === 0
        ? 'no clip is longer'
        : `${percent(cut)} of the clips are longer, and are cut off`;
  return `  # Normalises each clip as the checkpoint expects, and cuts it off at ${count(seconds, 'second')} (${count(max_length, 'sample')}): ${effect}.
  features:
    uses: map-preprocess
    from: FROM
    with:
      feature_extractor: \${{ params.checkpoint }}
${column}      max_length: ${max_length}
      truncation: true
      remove_columns: [${yamlScalar(audio)}]
`;
}

function renameStage(label: string): string {
  return `  # Training expects the classes in a column named label.
  encoded:
    uses: rename
    from: FROM
    with:
      columns:
        ${yamlKey(label, 8)} label
`;
}

function trainStage(evalSplit: string, from: string): string {
  const split = evalSplit === 'test' ? '' : `      eval_split: ${evalSplit}\n`;
  return `  # The parameters of transformers' TrainingArguments, under the same names. The best epoch's model is kept.
  # If this is slow, try it first with
  # --set max_steps=20 --set eval_strategy=no --set load_best_model_at_end=false.
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
  return `  # Accuracy, F1, a confusion matrix and every prediction on clips the model was not trained on.
  scores:
    uses: evaluate
    from:
      model: model
      dataset: ${dataset}
    with:
      split: test
`;
}

/** Keeps a folder's name on the comment's line, whatever it is. */
function word(text: string): string {
  return /^[\w .'-]+$/.test(text) ? text : toJson(text);
}
