import { type Command, Option } from 'commander';
import { DATASET_FORMATS } from '../project/choices.js';
import { PROGRESS_MODES } from '../ui/progress-mode.js';
import { profileOptions } from './cluster-commands.js';
import { cacheCommand, exportCommand, intoFolder, recipeCommand } from './command-makers.js';
import { collect, dtypes, fraction, size } from './option-values.js';

/** Adds the commands that write what a stage produced, for other tools. */
export function exportCommands(program: Command): void {
  const exporting = program
    .command('export')
    .description('write what a stage produced, for other tools to open');
  exportCommand(exporting, 'dataset', 'write a dataset for Hugging Face datasets to open')
    .addOption(
      new Option(
        '--format <format>',
        'save_to_disk, for load_from_disk; or parquet with a dataset card, as on the Hub, for load_dataset',
      )
        .choices(DATASET_FORMATS)
        .default('save_to_disk'),
    )
    .option('--split <split>', 'only this split (in save_to_disk: a Dataset rather than a DatasetDict)')
    .option('--max-shard-size <size>', 'approximate size of each file (default: 500MB)', size)
    .option(
      '--license <id>',
      "license of the data, for the card of parquet, as the Hub spells it: 'cc-by-4.0'",
    )
    .action(async (recipe, stage, options) =>
      (await import('./commands/export.js')).exportDataset(recipe, stage, options),
    );
  exportCommand(exporting, 'model', 'write a model folder: from_pretrained opens it').action(
    async (recipe, stage, options) =>
      (await import('./commands/export.js')).exportModel(recipe, stage, options),
  );
  onnxCommand(
    exportCommand(exporting, 'onnx', 'export a model as ONNX graphs: transformers.js and Optimum open them'),
    'fp32',
  ).action(async (recipe, stage, options) =>
    (await import('./commands/export-onnx.js')).exportOnnx(recipe, stage, options),
  );
  onnxCommand(
    exportCommand(exporting, 'web', 'export a model with a page that classifies audio in a browser'),
    'q8',
  ).action(async (recipe, stage, options) =>
    (await import('./commands/export-onnx.js')).exportWeb(recipe, stage, options),
  );
  intoFolder(
    recipeCommand(
      exporting,
      'plots',
      'write training curves, confusion matrices and metrics: DVC shows them',
    ),
  ).action(async (recipe, options) => (await import('./commands/export.js')).exportPlots(recipe, options));
  argoCommand(exporting);
}

/** A command on a recipe that becomes something that others run. */
function argoCommand(exporting: Command): void {
  profileOptions(
    cacheCommand(exporting, 'argo', 'print a Workflow of Argo that runs a recipe in pods of a profile')
      .argument('<recipe>', 'recipe file (YAML)')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect),
  ).action(async (recipe, options) => (await import('./commands/export.js')).exportArgo(recipe, options));
}

/** A command that runs the stage type `export-onnx`. */
function onnxCommand(command: Command, dtype: string): Command {
  return command
    .option('--dtype <list>', `fp32, fp16, q8, q4, separated by commas (default: ${dtype})`, dtypes)
    .option('--split <split>', 'compare on this split (default: the first that the model is evaluated on)')
    .option(
      '--min-agreement <fraction>',
      'equal predictions that fp16, q8 and q4 each need (default: 0.9)',
      fraction,
    )
    .addOption(
      new Option('--progress <mode>', 'how to show progress').choices(PROGRESS_MODES).default('auto'),
    );
}
