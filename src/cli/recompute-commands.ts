import { type Command, Option } from 'commander';
import { PROGRESS_MODES } from '../ui/progress-mode.js';
import { cacheCommand, engineOptions, recipeCommand } from './command-makers.js';
import { positiveInteger } from './option-values.js';

/** Commands that check results by recomputing them. */
export function recomputeCommands(program: Command): void {
  engineOptions(
    cacheCommand(
      program,
      'reproduce',
      'recompute what the lock file describes, and compare it stage by stage',
    )
      .argument('<recipe>', 'recipe file (YAML), with its lock file next to it')
      .option('--json <file>', 'write a JSON receipt (-: standard output)')
      .option('--exact', 'fail on results that are equal only within tolerance')
      .option('-j, --jobs <n>', 'stages to run at once (default: one per core)', positiveInteger)
      .addOption(
        new Option('--progress <mode>', 'how to show progress').choices(PROGRESS_MODES).default('auto'),
      ),
  ).action(async (recipe, options) => (await import('./commands/reproduce.js')).reproduce(recipe, options));

  recipeCommand(program, 'verify', 'recompute cached stages outside the cache, and compare')
    .argument('[stages...]', 'stage ids (default: all)')
    .option(
      '--sample <n>',
      'recompute only this many chunks of stages that work chunk by chunk',
      positiveInteger,
    )
    .option('--json', 'print JSON')
    .action(async (recipe, stages, options) =>
      (await import('./commands/verify.js')).verify(recipe, stages, options),
    );
}
