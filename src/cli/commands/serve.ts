import { once } from 'node:events';
import type { ServeOptions } from '../../index.js';
import { understandsEscapes } from '../../terminal/colors.js';
import { writeLine } from '../../terminal/output.js';
import { listenForInterrupts } from '../interrupts.js';
import { openRecipe, projectOf, type RecipeOptions } from '../open-recipe.js';
import { showDownload } from '../show-download.js';

type ServeCommandOptions = RecipeOptions & Omit<ServeOptions, 'open' | 'progress' | 'log' | 'signal'>;

/** `etude serve MODEL`: answers requests until a signal comes. */
export async function serve(model: string, options: ServeCommandOptions): Promise<void> {
  const interrupts = listenForInterrupts();
  const project = projectOf(options);
  const server = await project.serve(model, {
    ...options,
    progress: understandsEscapes(process.stderr, process.env) ? showDownload : undefined,
    open: (recipe) => openRecipe(recipe, options, { project }),
  });
  writeLine(process.stdout, `listening on ${server.url}`);
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  interrupts.kill.addEventListener('abort', () => void server.close({ now: true }));
  await server.close({ now: interrupts.kill.aborted });
  interrupts.dispose();
}
