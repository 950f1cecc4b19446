import type { Verification } from '../../index.js';
import { formatDuration } from '../../terminal/format.js';
import { clean, fitLine, type Line, type Style, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { EXIT, SilentFailure } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';

const styles: Record<Verification['verdict'], Style> = {
  equal: 'green',
  nondeterministic: 'red',
  different: 'red',
  damaged: 'red',
  failed: 'red',
  'not-cached': 'dim',
};

const words: Partial<Record<Verification['verdict'], string>> = {
  nondeterministic: 'not deterministic',
  'not-cached': 'not cached',
};

/**
 * `etude verify RECIPE [STAGE…]`: recomputes cached stages outside the cache, and compares the results. Exit
 * code 1 if one is damaged, not deterministic or different, cannot be computed, or was named but is not
 * cached.
 */
export async function verify(
  recipe: string,
  ids: readonly string[],
  options: RecipeOptions & { sample?: number; json?: boolean },
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const interrupts = listenForInterrupts();
  const width = Math.max(...opened.pipeline.stages.map(({ id }) => id.length));
  try {
    const found = await opened.verify({
      stages: ids,
      sample: options.sample,
      signal: interrupts.signal,
      kill: interrupts.kill,
      onEnd: (verification) => {
        if (!options.json) printLines([fitLine(line(verification, width), outputWidth())]);
      },
    });
    const wrong = found.filter(({ verdict }) => verdict !== 'equal' && verdict !== 'not-cached');
    const missing = found.filter(({ verdict }) => verdict === 'not-cached');
    if (wrong.length > 0 || (ids.length > 0 && missing.length > 0) || missing.length === found.length)
      process.exitCode = EXIT.failed;
    if (options.json) printJson({ stages: found });
    else printLines([[], summary(found, wrong, missing)]);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    throw new SilentFailure('cancelled', interrupts.exitCode);
  } finally {
    interrupts.dispose();
  }
}

function line({ stage, verdict, details, sampled, seconds }: Verification, width: number): Line {
  const chunks = sampled === undefined ? [] : [`${sampled.chunks} of ${count(sampled.of, 'chunk')}`];
  return [
    span(clean(stage).padEnd(width), 'bold'),
    span('  '),
    span((words[verdict] ?? verdict).padEnd(17), styles[verdict]),
    span('  '),
    span(formatDuration(seconds).padStart(6), 'dim'),
    span('  '),
    span(clean([...chunks, ...details].join('; '))),
  ];
}

function summary(found: Verification[], wrong: Verification[], missing: Verification[]): Line {
  const cached = found.length - missing.length;
  if (cached === 0) return [span('nothing in this recipe is cached: there is nothing to verify', 'yellow')];
  if (wrong.length === 0) return [span(`✔ ${count(cached, 'stage')} recomputed: all equal`, 'green')];
  const names = wrong
    .map(({ stage, verdict }) => `${clean(stage)} (${words[verdict] ?? verdict})`)
    .join(', ');
  return [span(`✖ ${wrong.length} of ${count(cached, 'stage')}: ${names}`, 'red')];
}
