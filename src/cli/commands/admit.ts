import { admit as take } from '../../bundle/quarantine.js';
import { drawStages, findSuspects, type Suspect, type Suspects } from '../../bundle/suspects.js';
import type { Pipeline } from '../../recipe/pipeline.js';
import { count, formatDuration } from '../../ui/format.js';
import { clean, type Line, span } from '../../ui/line.js';
import { type Verification, verifyStage } from '../../verify/verify-stage.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { openCacheFor, openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { type ResolvedEngine, resolveEngine } from '../resolve-engine.js';

export interface AdmitOptions extends RecipeOptions {
  sample: number;
  trust?: boolean;
}

/**
 * `etude admit RECIPE`: takes the results that bundles brought for a recipe out of quarantine, after a sample of its stages, chosen by lot, gave
 * the same bytes here.
 */
export async function admit(recipe: string, options: AdmitOptions): Promise<void> {
  const pipeline = await openRecipe(recipe, options);
  const cache = await openCacheFor(pipeline, options);
  const engine = await resolveEngine(options, { check: true });
  const found = await findSuspects(pipeline, cache, engine.id);
  const { suspects } = found;
  if (suspects.length === 0)
    return printLines([[span('nothing is in quarantine that this recipe would use')]]);
  if (!options.trust && !(await sampleIsEqual(pipeline, found, engine, options.sample))) return;

  const only = new Set(suspects.map(({ entry }) => entry.fingerprint));
  for (const from of new Set(suspects.map((suspect) => suspect.from))) await take(cache, from, only);
  const why = options.trust ? 'trusted, not checked' : 'the sample was equal to the byte';
  printLines([[span(`${count(suspects.length, 'result')} of a bundle are used from now on: ${why}`)]]);
}

async function sampleIsEqual(
  pipeline: Pipeline,
  { suspects, entries, cache }: Suspects,
  engine: ResolvedEngine,
  sample: number,
): Promise<boolean> {
  const interrupts = listenForInterrupts(() => process.exit(EXIT.cancelled));
  const { signal, kill } = interrupts;
  try {
    for (const suspect of drawStages(suspects, sample)) {
      const at = { pipeline, cache, engine, entries, sample, signal, kill };
      const verification = await verifyStage(suspect.stage, suspect.entry, at);
      printLines(lines(verification, suspect));
      if (verification.verdict === 'equal') continue;
      process.exitCode = EXIT.failed;
      return false;
    }
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('cancelled: what the bundle brought stays in quarantine\n');
    process.exitCode = EXIT.cancelled;
    return false;
  } finally {
    interrupts.dispose();
  }
}

function lines({ stage, verdict, details, sampled, seconds }: Verification, suspect: Suspect): Line[] {
  const part = sampled === undefined ? '' : `${sampled.chunks} of ${count(sampled.of, 'chunk')} `;
  const time = `  ${part}computed again in ${formatDuration(seconds)}`;
  if (verdict === 'equal') return [[span(`${clean(stage)}  `), span('equal', 'green'), span(time, 'dim')]];
  return [
    [span(`${clean(stage)}  `), span(verdict, 'red'), span(time, 'dim')],
    ...details.map((detail): Line => [span(`  ${clean(detail)}`)]),
    [span('nothing of the bundle is used: it stays in quarantine')],
    ...(suspect.stage.type.usesEngine
      ? [
          [
            span(
              'a training may differ in its last bits between machines; --trust uses it all the same',
              'dim',
            ),
          ] satisfies Line,
        ]
      : []),
  ];
}
