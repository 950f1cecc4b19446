import { Command, Option } from 'commander';
import { version } from '../project/version.js';
import { PROGRESS_MODES } from '../ui/progress-mode.js';
import { clusterCommands, interruptOption, profileOptions } from './cluster-commands.js';
import { cacheCommand, engineOptions, recipeCommand, stagesCommand, watchOptions } from './command-makers.js';
import { exportCommands } from './export-commands.js';
import { lookingCommands } from './looking-commands.js';
import { age, collect, positiveInteger, seconds, size, steps } from './option-values.js';
import { recomputeCommands } from './recompute-commands.js';
import { serveCommand } from './serve-command.js';
import { publishingCommands, readingOptions, sharingCommands } from './sharing-commands.js';

const GRAPH_FORMATS = ['terminal', 'mermaid', 'dot', 'svg'];
const PROJECT = "a recipe of the project (default: the current folder's project)";

/** Options of a run that make no sense for many runs. */
const NOT_WATCHED = ['force', 'from', 'locked', 'printRecipe', 'json', 'summary', 'profile'];

const WATCH_NOTES = `
Keys while it waits: enter runs now, p plans, q quits. A change during a run is checked at once; if the run
depends on it, r restarts with it (a training saves its state first), f finishes first. Ctrl-C as in a run.
Without a terminal there are no keys, and --on-change is finish.`;

/** Names that a first word is compared with; anything else may be a recipe. */
export const COMMANDS = [
  'run',
  'watch',
  'plan',
  'explain',
  'check',
  'graph',
  'runs',
  'diff',
  'show',
  'play',
  'report',
  'export',
  'predict',
  'serve',
  'bundle',
  'unbundle',
  'admit',
  'push',
  'pull',
  'push-model',
  'push-dataset',
  'keys',
  'reproduce',
  'verify',
  'init',
  'gc',
  'doctor',
  'logs',
  'exec-task',
  'help',
];

const NOTES = `
Without a command, etude runs a recipe: etude pipelines/quickstart.yaml

Exit codes:
  0    success
  1    a bad recipe, a failed stage, or nothing to show
  2    incorrect usage
  130  cancelled with Ctrl-C (143: SIGTERM, 129: the terminal closed)

The cache is .etude in the project: the nearest folder at or above the recipe (without one: the current
folder) that holds .etude, .git or package.json; if there is none, the current folder if the recipe is
in it, otherwise the recipe's own. etude doctor shows which.

Environment:
  ETUDE_CACHE_DIR  the cache folder, like --cache-dir
  ETUDE_REMOTE     the remote cache, like --remote
  NO_COLOR         no colours; FORCE_COLOR=1: colours even in a pipe
  ETUDE_DEBUG=1    stack traces of errors`;

/**
 * The command line. Each command's code is loaded when it is called, so that help and mistakes are answered
 * quickly.
 */
export function createProgram(): Command {
  const program = new Command('etude')
    .description('Fine-tune audio classifiers from one YAML recipe, and rerun only what changed.')
    .version(version())
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', NOTES)
    .showSuggestionAfterError()
    .exitOverride();

  const run = stagesCommand(
    program,
    'run',
    'run a recipe, or some of its stages and what they need: compute what changed, take the rest from the cache',
  )
    .option('-j, --jobs <n>', 'stages to run at once (default: one per core)', positiveInteger)
    .option('-k, --keep-going', 'after a failure, continue with whatever does not depend on it')
    .addOption(
      new Option('--progress <mode>', 'how to show progress').choices(PROGRESS_MODES).default('auto'),
    )
    .option('--force [stages...]', 'recompute these stages even if cached (after the recipe; default: all)')
    .option('--verify', 'hash every cached object before using it')
    .option('--locked', 'refuse to run if anything differs from the lock file, and say what')
    .option('--no-lock', 'do not write the lock file')
    .option('--print-recipe', 'print the resolved recipe and stop')
    .option('--json', 'print only the outcome, as JSON')
    .option('--summary <file>', 'write a summary in Markdown; also appended to GITHUB_STEP_SUMMARY, if set')
    .addOption(
      new Option('--watch', 'run again whenever something changes: see etude watch').conflicts(NOT_WATCHED),
    );
  interruptOption(profileOptions(watchOptions(readingOptions(run)))).action(
    async (recipe, stages, options) =>
      options.watch
        ? (await import('./commands/watch.js')).watch(recipe, stages, options)
        : (await import('./commands/run.js')).run(recipe, stages, options),
  );

  const watch = recipeCommand(
    program,
    'watch',
    'run a recipe, and run it again whenever it, its stage modules or its data change',
  )
    .argument('[stages...]', 'only these stages and what they need (default: all)')
    .option('--until <stage>', 'the same as naming it after the recipe (repeatable)', collect)
    .option('-j, --jobs <n>', 'stages to run at once (default: one per core)', positiveInteger)
    .option('-k, --keep-going', 'after a failure, continue with whatever does not depend on it')
    .addOption(
      new Option('--progress <mode>', 'how to show progress').choices(PROGRESS_MODES).default('auto'),
    )
    .option('--verify', 'hash every cached object before using it')
    .option('--no-lock', 'do not write the lock file')
    .addHelpText('after', WATCH_NOTES);
  watchOptions(readingOptions(watch)).action(async (recipe, stages, options) =>
    (await import('./commands/watch.js')).watch(recipe, stages, options),
  );

  stagesCommand(program, 'plan', 'show what would run, why, and how long it would take')
    .option('--force [stages...]', 'plan as if these stages had to run (default: all)')
    .option('--json', 'print JSON')
    .action(async (recipe, stages, options) =>
      (await import('./commands/plan.js')).plan(recipe, stages, options),
    );

  recipeCommand(
    program,
    'explain',
    "show a stage's fingerprint, what it is made of, and how that differs from past results",
  )
    .argument('[stage]', 'id of a stage; without one, the stages are listed')
    .option('--json', 'print JSON')
    .action(async (recipe, stage, options) =>
      (await import('./commands/explain.js')).explain(recipe, stage, options),
    );

  profileOptions(
    program
      .command('check')
      .description('validate recipes without running anything')
      .argument('<recipes...>', 'recipe files (YAML)')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect)
      .option('--json', 'print JSON'),
  ).action(async (recipes, options) => (await import('./commands/check.js')).check(recipes, options));

  recipeCommand(program, 'graph', 'draw the stages and what flows between them')
    .addOption(new Option('--format <format>', 'what to write').choices(GRAPH_FORMATS).default('terminal'))
    .action(async (recipe, options) => (await import('./commands/graph.js')).graph(recipe, options));

  cacheCommand(program, 'runs', 'list past runs')
    .argument('[recipe]', PROJECT)
    .option('-n, --limit <n>', 'list at most this many', positiveInteger)
    .option('--json', 'print JSON')
    .action(async (recipe, options) => (await import('./commands/runs.js')).runs(recipe, options));

  engineOptions(
    cacheCommand(program, 'diff', 'show what differs between two recipes, runs or lock files')
      .argument('<a>', 'a recipe, a lock file, or a run id')
      .argument('<b>', 'what to compare it with')
      .option('--json', 'print JSON'),
  )
    .addHelpText(
      'after',
      '\nExit code: 0 if nothing differs, 1 if something does, 2 if they cannot be compared.',
    )
    .action(async (a, b, options) => (await import('./commands/diff.js')).diff(a, b, options));

  lookingCommands(program);

  exportCommands(program);

  clusterCommands(program);

  engineOptions(
    cacheCommand(program, 'predict', 'classify audio files with a trained model')
      .argument('<model>', 'a model folder, a model on the Hub, or a train stage: recipe.yaml:stage')
      .argument('<files...>', 'audio files, folders of them, or - for standard input')
      .option('-k, --top-k <n>', 'classes to show per clip', positiveInteger, 5)
      .option('-b, --batch-size <n>', 'clips at a time', positiveInteger, 1)
      .option('--window-length <seconds>', 'cut clips into windows of this length', seconds)
      .option('--hop-length <seconds>', 'seconds between the starts of windows', seconds)
      .addOption(
        new Option('--aggregate <how>', "how windows' answers become a clip's").choices([
          'mean_logits',
          'max',
          'vote',
        ]),
      )
      .option('--json', 'print one line of JSON per clip')
      .option('--revision <revision>', 'branch, tag or commit of a model on the Hub')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect),
  ).action(async (model, files, options) =>
    (await import('./commands/predict.js')).predict(model, files, options),
  );

  serveCommand(program);

  sharingCommands(program);
  publishingCommands(program);

  recomputeCommands(program);

  program
    .command('init')
    .description('write a commented recipe to start from')
    .argument('[folder]', 'folder for the recipe', '.')
    .addOption(
      new Option('-t, --template <name>', 'template to start from').choices(['intent', 'keyword', 'folder']),
    )
    .option('--data <folder>', 'your audio, for the template "folder"')
    .option('--label <column>', 'the label column, if several are possible')
    .option(
      '--data-root <folder>',
      'where the audio that a table names is, if it is not in the folder of the table',
    )
    .option('--checkpoint <folder>', 'the model to start from: a folder, or a model on the Hugging Face Hub')
    .option('--from <file>', 'start from a lock file (extends its recipe) or a bundle (unpacks it)')
    .option('-y, --yes', 'ask no questions; use the defaults')
    .action(async (folder, options) => (await import('./commands/init.js')).init(folder, options));

  cacheCommand(program, 'gc', 'remove results that are no longer needed from the cache')
    .argument('[recipe]', PROJECT)
    .option('--dry-run', 'only show what would be removed')
    .option(
      '--max-size <size>',
      'keep at most this much, evicting the least recently used first: 500MB, 10GB',
      size,
    )
    .option('--max-age <age>', 'remove results not used for this long: 12h, 30d', age)
    .option('--ignore-locks', "also remove what the project's lock files refer to")
    .option('--json', 'print JSON')
    .action(async (recipe, options) => (await import('./commands/gc.js')).gc(recipe, options));

  engineOptions(
    cacheCommand(
      program,
      'doctor',
      'find out why a training does not learn; without a recipe, show engines, devices, versions, cache and disk, and how to get what is missing',
    )
      .argument('[recipe]', 'recipe file (YAML)')
      .argument('[stage]', 'id of a stage that trains (default: all of them)')
      .option('--steps <n>', 'updates of the training on 16 clips; 0: none (default: 60)', steps)
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect)
      .option('--json', 'print JSON'),
  ).action(async (recipe, stage, options) => {
    if (recipe === undefined) await (await import('./commands/doctor.js')).doctor(options);
    else await (await import('./commands/examine.js')).examine(recipe, stage, options);
  });

  return program;
}
