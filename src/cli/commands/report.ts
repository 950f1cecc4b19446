import { span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { divertOutput } from '../divert-output.js';
import { openInBrowser } from '../open-in-browser.js';
import { projectOf, type RecipeOptions, refused } from '../open-recipe.js';
import { printLines } from '../print.js';

/** `etude report RECIPE|RUN…`: writes one HTML file about recipes and runs, from what is cached. */
export async function report(
  what: readonly string[],
  options: RecipeOptions & { output: string; title?: string; audio?: string; open?: boolean },
): Promise<void> {
  const { output, title, audio, set, params, open } = options;
  const project = projectOf(options);
  const { html, runs } = await divertOutput(() =>
    project.report(what, { output, title, audio, set, params }),
  ).catch(refused);
  const size = `${Math.max(1, Math.round(Buffer.byteLength(html) / 1024))} KB`;
  printLines([[span(`${output}  `), span(`${count(runs.length, 'run')}, ${size}`, 'dim')]]);
  if (open) await openInBrowser(output);
}
