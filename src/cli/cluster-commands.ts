import { type Command, Option } from 'commander';
import { cacheCommand } from './command-makers.js';
import { steps } from './option-values.js';

/** Where a run computes its stages. */
export function profileOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'compute stages as jobs of a scheduler, as this profile says')
    .option('--profiles <file>', 'the file of profiles (default: etude.profiles.yaml, here or above)');
}

/** What becomes of a run's jobs. */
export function interruptOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--on-interrupt <what>',
      'what becomes of jobs if the run is cancelled (default: ask on a terminal, otherwise cancel)',
    ).choices(['leave', 'cancel']),
  );
}

/** The commands about jobs. */
export function clusterCommands(program: Command): void {
  cacheCommand(program, 'logs', 'print what a stage printed and logged, here or in the jobs that computed it')
    .argument('<what>', 'a recipe: its last run that computed the stage; or the id of a run')
    .argument('<stage>', 'id of a stage')
    .option('--shard <number>', 'of several jobs that divide the stage, only this one', steps)
    .option('--json', 'print JSON')
    .action(async (what, stage, options) => (await import('./commands/logs.js')).logs(what, stage, options));

  program
    .command('exec-task', { hidden: true })
    .description('compute the task in a file: what the jobs of a scheduler run')
    .argument('<file>', 'task.json in the folder of a job, or its key on a remote')
    .option('--store <remote>', 'the remote that has the task')
    .action(async (file, options) => (await import('./commands/exec-task.js')).execTask(file, options));
}
