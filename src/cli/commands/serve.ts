import { once } from 'node:events';
import type { RunningServer, ServeOptions } from '../../index.js';
import { understandsEscapes } from '../../terminal/colors.js';
import { writeLine } from '../../terminal/output.js';
import { listenForInterrupts } from '../interrupts.js';
import { openRecipe, projectOf, type RecipeOptions } from '../open-recipe.js';
import { showDownload } from '../show-download.js';

type ServeCommandOptions = RecipeOptions & Omit<ServeOptions, 'open' | 'progress' | 'log' | 'signal'>;

/** `etude serve MODEL`: answers requests until a signal comes. */
export async function serve(model: string, options: ServeCommandOptions): Promise<void> {
  const interrupts = listenForInterrupts();
  const server = await start(model, options, interrupts.signal).catch((error: unknown) => {
    if (!interrupts.signal.aborted) throw error;
    process.exitCode = interrupts.exitCode;
    return undefined;
  });
  if (server === undefined) return;
  writeLine(process.stdout, `listening on ${server.url}`);
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  interrupts.kill.addEventListener('abort', () => void server.close({ now: true }));
  await server.close({ now: interrupts.kill.aborted });
  interrupts.dispose();
}

/** @param signal Ends a download. */
function start(model: string, options: ServeCommandOptions, signal: AbortSignal): Promise<RunningServer> {
  const project = projectOf(options);
  return project.serve(model, {
    ...options,
    signal,
    progress: understandsEscapes(process.stderr, process.env) ? showDownload : undefined,
    open: (recipe) => openRecipe(recipe, options, { project }),
  });
}
