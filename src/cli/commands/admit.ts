import type { Admission } from '../../index.js';
import { span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { checkedLines, proofLines } from '../check-lines.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';

export interface AdmitCommandOptions extends RecipeOptions {
  sample: number;
  /** `false` for `--no-training`. */
  training: boolean;
  trust?: boolean;
}

/**
 * `etude admit RECIPE`: moves the results of bundles for a recipe out of quarantine, once every stage has
 * been recomputed here, some of them in part, with the same results.
 */
export async function admit(recipe: string, options: AdmitCommandOptions): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const { sample, training, trust } = options;
  const admission = await interruptible("the bundle's results stay in quarantine", (signal, kill) =>
    opened.admit({
      ...{ sample, training, trust, signal, kill },
      onChecked: (each) => printLines(checkedLines(each)),
    }),
  );
  if (admission !== undefined) printEnd(admission, trust);
}

function printEnd({ found, admitted, checked }: Admission, trust = false): void {
  if (!admitted && found > 0) process.exitCode = EXIT.failed;
  else if (found === 0) printLines([[span('nothing that this recipe would use is in quarantine')]]);
  else if (!trust) printLines(proofLines(checked));
  else
    printLines([
      [span(`${count(found, 'result')} from a bundle will be used from now on: trusted, not checked`)],
    ]);
}
