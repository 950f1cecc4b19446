import { type Command, Option } from 'commander';
import { REMOTE_KINDS } from '../project/choices.js';
import { cacheCommand, recipeCommand } from './command-makers.js';
import { positiveInteger } from './option-values.js';

/** Commands that hand a recipe and its results to somebody else. */
export function sharingCommands(program: Command): void {
  recipeCommand(
    program,
    'bundle',
    'pack a recipe, what belongs to it and, by choice, its results into one file',
  )
    .addOption(
      new Option('--objects <which>', 'results that go along: none, those of at most 32 MB each, all')
        .choices(['none', 'small', 'all'])
        .default('small'),
    )
    .option('-o, --output <file>', 'the file (default: the name of the recipe, .etude.tar)')
    .option('--force', 'replace the file')
    .action(async (recipe, options) => (await import('./commands/bundle.js')).bundle(recipe, options));

  cacheCommand(
    program,
    'unbundle',
    'unpack a bundle; its results are put in quarantine until they are checked',
  )
    .argument('<file>', 'a bundle')
    .argument('[dir]', 'the folder for the recipe and its files (default: this one)')
    .option('--trust', 'use its results without a check, because you trust whoever made it')
    .action(async (file, dir, options) =>
      (await import('./commands/unbundle.js')).unbundle(file, dir, options),
    );

  recipeCommand(
    program,
    'admit',
    'check what a bundle brought: compute every stage again, some in part, and use all of it if they are equal',
  )
    .option(
      '--sample <n>',
      'chunks to compute of each stage that is made chunk by chunk, drawn at random',
      positiveInteger,
      3,
    )
    .option('--no-training', 'do not repeat trainings: evaluate their models instead')
    .option('--trust', 'use it without a check, because you trust whoever made it')
    .action(async (recipe, options) => (await import('./commands/admit.js')).admit(recipe, options));

  const keys = program
    .command('keys')
    .description('show the keys whose signatures count on a remote cache')
    .action(async () => (await import('./commands/keys.js')).listKeys());
  keys
    .command('new')
    .description('make the key that push signs with')
    .action(async () => (await import('./commands/keys.js')).newKey());
  keys
    .command('trust')
    .description("let the signatures of somebody's key count")
    .argument('<key>', 'a public key: etude-ed25519:…')
    .argument('[name...]', 'whose it is')
    .action(async (key, name) => (await import('./commands/keys.js')).trust(key, name));

  remoteOption(
    recipeCommand(program, 'push', 'put the results of a recipe on a remote cache, for others to take'),
  ).action(async (recipe, options) => (await import('./commands/push.js')).push(recipe, options));
  readingOptions(recipeCommand(program, 'pull', 'take the results of a recipe from a remote cache')).action(
    async (recipe, options) => (await import('./commands/pull.js')).pull(recipe, options),
  );
}

/** Where results are shared. */
function remoteOption(command: Command): Command {
  return command.option('--remote <place>', `a remote cache: ${REMOTE_KINDS} (default: ETUDE_REMOTE)`);
}

/** Where results are shared, and which of them are used. */
export function readingOptions(command: Command): Command {
  return remoteOption(command).option(
    '--require-signed',
    'use of it only what a trusted key has signed (or ETUDE_REQUIRE_SIGNED=1)',
  );
}
