import { type Command, Option } from 'commander';
import { PROGRESS_MODES } from '../ui/progress-mode.js';
import { cacheCommand, engineOptions, recipeCommand } from './command-makers.js';
import { positiveInteger } from './option-values.js';

/** Commands that check results by computing them again. */
export function proofCommands(program: Command): void {
  engineOptions(
    cacheCommand(program, 'reproduce', 'compute what the lock file describes, and compare it stage by stage')
      .argument('<recipe>', 'recipe file (YAML) with its lock file beside it')
      .option('--json <file>', 'write a receipt in JSON (- for standard output)')
      .option('--exact', 'equal within tolerance is not enough')
      .option('-j, --jobs <n>', 'stages at the same time (default: one a core)', positiveInteger)
      .addOption(
        new Option('--progress <mode>', 'how to show the run').choices(PROGRESS_MODES).default('auto'),
      ),
  ).action(async (recipe, options) => (await import('./commands/reproduce.js')).reproduce(recipe, options));

  recipeCommand(program, 'verify', 'compute cached stages again beside the cache, and compare')
    .argument('[stages...]', 'ids of stages (default: all)')
    .option('--sample <n>', 'only so many chunks of stages that work chunk by chunk', positiveInteger)
    .option('--json', 'print JSON')
    .action(async (recipe, stages, options) =>
      (await import('./commands/verify.js')).verify(recipe, stages, options),
    );
}
