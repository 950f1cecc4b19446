import type { Command } from 'commander';
import { cacheCommand, engineOptions, recipeCommand } from './command-makers.js';
import { collect, row, rows } from './option-values.js';

/** The commands that show results, or let them be heard. */
export function lookingCommands(program: Command): void {
  recipeCommand(program, 'show', 'show what a stage produced: a dataset, a model or a report')
    .argument('[stage]', 'id of a stage; without one, the stages are listed, with what is cached')
    .option('--split <split>', 'only this split')
    .option(
      '-n, --rows <n>',
      'rows per split, or all (default: 5; in JSON, all predictions of a report)',
      rows,
    )
    .option('--json', 'print JSON')
    .action(async (recipe, stage, options) =>
      (await import('./commands/show.js')).show(recipe, stage, options),
    );

  recipeCommand(program, 'play', 'play the clip of a row, or write it to a WAV file')
    .argument('<stage>', 'id of a stage that produced a dataset, or an evaluation')
    .argument('<row>', 'number of a row, as etude show has it', row)
    .option('--split <split>', 'the split of the row (default: the first)')
    .option('-o, --output <file>', 'write a WAV file instead')
    .action(async (recipe, stage, row, options) =>
      (await import('./commands/play.js')).play(recipe, stage, row, options),
    );

  engineOptions(
    cacheCommand(program, 'report', 'write a report of recipes or runs: one HTML file, from what is cached')
      .argument(
        '<what...>',
        'recipes, and ids of runs; several are shown side by side. A recipe and a stage: its dataset',
      )
      .option('-o, --output <file>', 'the file to write', 'report.html')
      .option('--title <text>', 'its heading')
      .option('--audio <size>', 'how much of the file sounds may take, or none (default: 8MB)')
      .option('--open', 'open it in the browser')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipes (repeatable)', collect),
  ).action(async (what, options) => (await import('./commands/report.js')).report(what, options));
}
