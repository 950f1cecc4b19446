import type { Command } from 'commander';
import { cacheCommand, engineOptions } from './command-makers.js';
import { collect, milliseconds, port, positiveInteger, seconds, size } from './option-values.js';

/** Adds the command that serves a model. */
export function serveCommand(program: Command): void {
  engineOptions(
    cacheCommand(program, 'serve', 'serve a trained model over HTTP')
      .argument('<model>', 'a model folder, a model on the Hub, or a train stage: recipe.yaml:stage')
      .option('--host <address>', 'the address to listen on', '127.0.0.1')
      .option('-p, --port <n>', 'the port, or 0 for any that is free', port, 8000)
      .option('-b, --batch-size <n>', 'clips that are computed together, at most', positiveInteger, 8)
      .option(
        '--batch-delay <ms>',
        'how long a clip waits for others if nothing is being computed',
        milliseconds,
        0,
      )
      .option('--max-body-size <size>', 'the largest body (default: 16MB)', size)
      .option('--max-duration <seconds>', 'the longest clip (default: 60)', seconds)
      .option('--max-files <n>', 'files per request, at most', positiveInteger, 32)
      .option('--max-queue <n>', 'clips that wait or are computed, at most', positiveInteger, 128)
      .option('--timeout <seconds>', 'how long a request may take (default: 30)', seconds)
      .option('--revision <revision>', 'branch, tag or commit of a model on the Hub')
      .option('--params <file>', 'take values of `params` from this file (repeatable)', collect)
      .option('--set <key=value>', 'override a value of the recipe (repeatable)', collect),
  ).action(async (model, options) => (await import('./commands/serve.js')).serve(model, options));
}
