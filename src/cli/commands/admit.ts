import { withQuarantine } from '../../bundle/overlay.js';
import { quarantines, admit as take } from '../../bundle/quarantine.js';
import { type Checked, computeAgain, drawSample, type Suspect } from '../../bundle/spot-check.js';
import type { DiskCache } from '../../cache/open-cache.js';
import type { Entry } from '../../cache/types.js';
import { planPipeline } from '../../plan/plan.js';
import type { Pipeline } from '../../recipe/pipeline.js';
import { count, formatDuration } from '../../ui/format.js';
import { span } from '../../ui/line.js';
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
  const found = await inQuarantine(pipeline, cache, engine);
  const { suspects } = found;
  if (suspects.length === 0)
    return printLines([[span('nothing is in quarantine that this recipe would use')]]);
  if (!options.trust && !(await sampleIsEqual(found, options.sample, { pipeline, cache, engine }))) return;

  const only = new Set(suspects.map(({ entry }) => entry.fingerprint));
  for (const from of new Set(suspects.map((suspect) => suspect.from))) await take(cache, from, only);
  const why = options.trust ? 'trusted, not checked' : 'the sample was equal to the byte';
  printLines([[span(`${count(suspects.length, 'result')} of a bundle are used from now on: ${why}`)]]);
}

interface Found {
  suspects: Suspect[];
  /** Of all stages that hit, by id. */
  entries: Map<string, Entry>;
}

async function inQuarantine(pipeline: Pipeline, cache: DiskCache, engine: ResolvedEngine): Promise<Found> {
  const found = new Map<string, { entry: Entry; from: DiskCache }>();
  const overlay = withQuarantine(cache, await quarantines(cache.dir), found);
  const { stages } = await planPipeline({ pipeline, cache: overlay, engineId: engine.id });
  const hits = stages.flatMap((planned) => (planned.type === 'hit' ? [planned] : []));
  return {
    suspects: hits.flatMap(({ stage, entry }) => {
      const held = found.get(entry.fingerprint);
      return held === undefined ? [] : [{ stage, ...held }];
    }),
    entries: new Map(hits.map(({ stage, entry }) => [stage.id, entry])),
  };
}

async function sampleIsEqual(
  { suspects, entries }: Found,
  sample: number,
  at: { pipeline: Pipeline; cache: DiskCache; engine: ResolvedEngine },
): Promise<boolean> {
  const interrupts = listenForInterrupts(() => process.exit(EXIT.cancelled));
  const { signal, kill } = interrupts;
  try {
    for (const suspect of drawSample(suspects, sample)) {
      const checked = await computeAgain(suspect, { ...at, entries, signal, kill });
      tell(checked, suspect);
      if (checked.equal) continue;
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

function tell({ stage, equal, seconds }: Checked, { stage: { type } }: Suspect): void {
  const time = formatDuration(seconds);
  if (equal) {
    printLines([[span(`${stage}  `), span('equal', 'green'), span(`  computed again in ${time}`, 'dim')]]);
    return;
  }
  printLines([
    [span(`${stage}  `), span('different', 'red'), span(`  computed again in ${time}`, 'dim')],
    [span('nothing of it is used: it stays in quarantine')],
    ...(type.usesEngine
      ? [[span('training may differ in its last bits between machines: --trust uses it all the same', 'dim')]]
      : []),
  ]);
}
