import type { ResolvedEngine } from '../../engine/resolve-engine.js';
import { admit as take } from '../../pipeline/bundle/quarantine.js';
import { findSuspects, type Suspects } from '../../pipeline/bundle/suspects.js';
import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { checkedLines, proofLines } from '../check-lines.js';
import { type Checked, checkSuspects } from '../check-suspects.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { printLines } from '../print.js';

export interface AdmitOptions extends RecipeOptions {
  sample: number;
  /** `false` for `--no-training`. */
  training: boolean;
  trust?: boolean;
}

/**
 * `etude admit RECIPE`: takes the results that bundles brought for a recipe out of quarantine, after every
 * stage was computed again here, some of them in part, and gave the same.
 */
export async function admit(recipe: string, options: AdmitOptions): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const { pipeline } = opened;
  const cache = await opened.cache();
  const engine = await opened.project.resolveEngine({ check: true });
  const found = await findSuspects(pipeline, cache, engine.id);
  const { suspects } = found;
  if (suspects.length === 0)
    return printLines([[span('nothing is in quarantine that this recipe would use')]]);
  if (options.trust) {
    await takeAll(cache, found);
    return printLines([
      [span(`${count(suspects.length, 'result')} of a bundle are used from now on: trusted, not checked`)],
    ]);
  }
  const checked = await check({ pipeline, own: cache, engine }, found, options);
  if (checked === undefined) return;
  await takeAll(cache, found);
  printLines(proofLines(checked));
}

async function check(
  at: { pipeline: Pipeline; own: DiskCache; engine: ResolvedEngine },
  found: Suspects,
  { sample, training }: AdmitOptions,
): Promise<Checked[] | undefined> {
  const interrupts = listenForInterrupts();
  const { signal, kill } = interrupts;
  try {
    const checked = await checkSuspects(found, {
      ...at,
      sample,
      trainings: training,
      signal,
      kill,
      onChecked: (each) => printLines(checkedLines(each)),
    });
    if (checked.every(({ passed }) => passed !== undefined)) return checked;
    process.exitCode = EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('cancelled: what the bundle brought stays in quarantine\n');
    process.exitCode = interrupts.exitCode;
  } finally {
    await at.own.flush();
    interrupts.dispose();
  }
  return undefined;
}

async function takeAll(cache: DiskCache, { suspects }: Suspects): Promise<void> {
  const entries = suspects.map(({ entry }) => entry);
  for (const from of new Set(suspects.map((suspect) => suspect.from))) await take(cache, from, entries);
}
