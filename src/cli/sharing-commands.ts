import { type Command, Option } from 'commander';
import { REMOTE_KINDS } from '../project/choices.js';
import { PROGRESS_MODES } from '../ui/progress-mode.js';
import { cacheCommand, recipeCommand } from './command-makers.js';
import { collect, dtypes, positiveInteger, size } from './option-values.js';

/** Commands that share a recipe and its results. */
export function sharingCommands(program: Command): void {
  recipeCommand(
    program,
    'bundle',
    'pack a recipe, the files it needs and, optionally, its results into one file',
  )
    .addOption(
      new Option('--objects <which>', 'results to include: none, those of at most 32 MB each, all')
        .choices(['none', 'small', 'all'])
        .default('small'),
    )
    .option('-o, --output <file>', "the file to write (default: the recipe's name with .etude.tar)")
    .option('--force', 'replace the file')
    .action(async (recipe, options) => (await import('./commands/bundle.js')).bundle(recipe, options));

  cacheCommand(program, 'unbundle', 'unpack a bundle; its results stay in quarantine until they are checked')
    .argument('<file>', 'a bundle')
    .argument('[dir]', 'folder for the recipe and its files (default: this one)')
    .option('--trust', 'use its results unchecked, because you trust whoever made it')
    .action(async (file, dir, options) =>
      (await import('./commands/unbundle.js')).unbundle(file, dir, options),
    );

  recipeCommand(
    program,
    'admit',
    "check a bundle's results: recompute every stage, some in part, and use them if all are equal",
  )
    .option(
      '--sample <n>',
      'chunks to recompute per stage that works chunk by chunk, picked at random',
      positiveInteger,
      3,
    )
    .option('--no-training', 'do not repeat training: evaluate the models instead')
    .option('--trust', 'use the results unchecked, because you trust whoever made the bundle')
    .action(async (recipe, options) => (await import('./commands/admit.js')).admit(recipe, options));

  const keys = program
    .command('keys')
    .description('show the keys whose signatures are accepted on a remote cache')
    .action(async () => (await import('./commands/keys.js')).listKeys());
  keys
    .command('new')
    .description('create the key that push signs with')
    .action(async () => (await import('./commands/keys.js')).newKey());
  keys
    .command('trust')
    .description("accept the signatures of somebody's key")
    .argument('<key>', 'a public key: etude-ed25519:…')
    .argument('[name...]', 'whose key it is')
    .action(async (key, name) => (await import('./commands/keys.js')).trust(key, name));

  remoteOption(
    recipeCommand(program, 'push', 'upload the results of a recipe to a remote cache, for others to use'),
  ).action(async (recipe, options) => (await import('./commands/push.js')).push(recipe, options));
  readingOptions(
    recipeCommand(program, 'pull', 'download the results of a recipe from a remote cache'),
  ).action(async (recipe, options) => (await import('./commands/pull.js')).pull(recipe, options));
}

/** Commands that put what a recipe made on the Hugging Face Hub, for everybody. */
export function publishingCommands(program: Command): void {
  publishOptions(
    recipeCommand(program, 'push-model', 'push a trained model to the Hugging Face Hub, with a model card')
      .argument('[stage]', 'id of a train stage; without one, the stages are listed')
      .argument('[repository]', 'owner/name (default: hub_model_id in the recipe)'),
  )
    .option('--onnx <list>', 'also export ONNX graphs: fp32, fp16, q8, q4, separated by commas', dtypes)
    .option('--license <name>', "the model's license, for its card (default: that of the base model)")
    .option('--language <code>', 'a language of the clips, for the card (repeatable)', collect)
    .option('--no-report', 'make no report.html')
    .addOption(
      new Option('--progress <mode>', 'how to show the export').choices(PROGRESS_MODES).default('auto'),
    )
    .action(async (recipe, stage, repository, options) =>
      (await import('./commands/push-model.js')).pushModel(recipe, stage, repository, options),
    );
  publishOptions(
    recipeCommand(
      program,
      'push-dataset',
      'push a dataset to the Hugging Face Hub: Parquet files and a dataset card',
    )
      .argument('<stage>', 'id of a stage')
      .argument('<repository>', 'owner/name'),
  )
    .option('--split <split>', 'only this split')
    .option('--max-shard-size <size>', 'approximate size of each file (default: 500MB)', size)
    .option('--license <id>', "the data's license, for the card, as the Hub spells it: cc-by-4.0")
    .action(async (recipe, stage, repository, options) =>
      (await import('./commands/push-dataset.js')).pushDataset(recipe, stage, repository, options),
    );
}

/** How something is put on the Hub, and whether at all. */
export function publishOptions(command: Command): Command {
  return command
    .option('--private', 'make a new repository private, and refuse one that is public')
    .option('--revision <branch>', 'the branch, created if there is none (default: main)')
    .option('--create-pr', 'propose it in a pull request')
    .option('--force', 'replace files that Etude did not write')
    .option('--dry-run', 'only write the folder that would be pushed')
    .option('-o, --output <dir>', 'with --dry-run: the folder to write');
}

/** Where results are shared. */
function remoteOption(command: Command): Command {
  return command.option('--remote <place>', `a remote cache: ${REMOTE_KINDS} (default: ETUDE_REMOTE)`);
}

/** Where results are shared, and which of them are used. */
export function readingOptions(command: Command): Command {
  return remoteOption(command).option(
    '--require-signed',
    'use only results that a trusted key has signed (or ETUDE_REQUIRE_SIGNED=1)',
  );
}
