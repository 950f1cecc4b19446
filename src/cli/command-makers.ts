import { type Command, Option } from 'commander';
import { ENGINES } from '../project/choices.js';
import { collect, device, seconds } from './option-values.js';

/** A command that writes a stage's result into a folder. */
export function exportCommand(program: Command, name: string, description: string): Command {
  return intoFolder(recipeCommand(program, name, description)).argument(
    '[stage]',
    'id of a stage; without one, the stages are listed',
  );
}

/** The folder that a command writes. */
export function intoFolder(command: Command): Command {
  return command
    .requiredOption('-o, --output <dir>', 'the folder to write: new, empty, or an earlier export')
    .option('--force', 'replace everything in the folder');
}

/** A command on one recipe that reads the cache. */
export function recipeCommand(program: Command, name: string, description: string): Command {
  return engineOptions(
    cacheCommand(program, name, description)
      .argument('<recipe>', 'recipe file (YAML)')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect),
  );
}

/** A command on one recipe, or on some of its stages. */
export function stagesCommand(program: Command, name: string, description: string): Command {
  return recipeCommand(program, name, description)
    .argument('[stages...]', 'only these stages and what they need (default: all)')
    .option(
      '--until <stage>',
      'stop at this stage; the same as naming it after the recipe (repeatable)',
      collect,
    )
    .option(
      '--from <stage>',
      'recompute this stage and everything that depends on it, even if cached, plus only what those need (repeatable)',
      collect,
    );
}

/** Which engine computes, and where. */
export function engineOptions(command: Command): Command {
  return command
    .addOption(new Option('--engine <name>', 'tensor engine').choices(ENGINES).default('auto'))
    .option(
      '--device <name>',
      'device for onnxruntime: auto, cpu, webgpu, cuda, coreml, dml (default: cpu)',
      device,
    );
}

/** A command that reads the cache. */
export function cacheCommand(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).option('--cache-dir <dir>', 'the cache folder');
}

/** How a watch reacts, and how it notices. */
export function watchOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--on-change <what>',
        'what to do when a change affects the run in progress (default: ask on a terminal, otherwise finish)',
      ).choices(['ask', 'finish', 'restart']),
    )
    .option(
      '--poll [seconds]',
      'poll for changes where the system does not report them, as on network shares (default: every 2 s)',
      seconds,
    );
}
