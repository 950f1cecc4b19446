import type { ModelPush, Recipe, StagesAsked } from '../index.js';
import { writeLine } from '../terminal/output.js';
import { byteProgress } from './byte-progress.js';
import { EXIT } from './errors.js';
import type { Interrupts } from './interrupts.js';
import { publishedLine } from './published-line.js';
import { warnOnStderr } from './warn.js';

/** Pushes models with `push_to_hub`, and says what became of them. */
export async function pushModels(
  recipe: Recipe,
  asked: StagesAsked,
  { interrupts, isQuiet = false }: { interrupts: Interrupts; isQuiet?: boolean },
): Promise<ModelPush[]> {
  const progress = byteProgress('pushing');
  const pushes = await recipe
    .pushModels(asked, { signal: interrupts.signal, progress: progress.update, warn: warnOnStderr })
    .finally(progress.end);
  for (const push of pushes) {
    if (push.type === 'pushed') {
      if (!isQuiet)
        writeLine(
          process.stderr,
          publishedLine(push)
            .map(({ text }) => text)
            .join(''),
        );
      continue;
    }
    process.exitCode = interrupts.signal.aborted ? interrupts.exitCode : EXIT.failed;
    const lines = [`the model of '${push.stage}' is in the cache, but not on the Hub:`, push.problem];
    for (const line of [...lines, `Push it with: ${push.command}`]) writeLine(process.stderr, line);
  }
  return pushes;
}
