import { admit } from '../../pipeline/bundle/quarantine.js';
import { findSuspects, type Suspects } from '../../pipeline/bundle/suspects.js';
import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import type { OpenedRecipe } from '../project-types.js';
import { signalsOf } from '../signals.js';
import { type Checked, checkSuspects } from './check-suspects.js';

export interface AdmitOptions {
  /** Chunks to compute per stage whose result is made chunk by chunk, drawn at random. Default 3. */
  sample?: number;
  /** Repeat trainings; otherwise their models are evaluated. Default true. */
  training?: boolean;
  /** Use everything without a check, because its maker is trusted. Default false. */
  trust?: boolean;
  /** Stops: the results of bundles stay in quarantine, and what was computed is not recomputed. */
  signal?: AbortSignal;
  /** Kills the stage that is being computed. */
  kill?: AbortSignal;
  /** Called with each result as it has been checked. */
  onChecked?(checked: Checked): void;
}

/** What happened to the results of bundles that a recipe would use. */
export interface Admission {
  /** How many there are. */
  found: number;
  /** Whether they are used from now on. */
  admitted: boolean;
  /** How each was checked, up to the first that failed; none if they are trusted. */
  checked: Checked[];
}

/** See `Recipe.admit`. */
export async function admitResults(recipe: OpenedRecipe, options: AdmitOptions): Promise<Admission> {
  const { pipeline, project } = recipe;
  const cache = await recipe.cache();
  const engine = await project.resolveEngine({ check: true });
  const suspects = await findSuspects(pipeline, cache, engine.id);
  const found = suspects.suspects.length;
  if (found === 0) return { found, admitted: false, checked: [] };
  const { sample = 3, training = true, trust = false, onChecked } = options;
  try {
    const checked = trust
      ? []
      : await checkSuspects(suspects, {
          ...{ pipeline, own: cache, engine, pool: project.pool, sample, trainings: training, onChecked },
          ...signalsOf(options),
        });
    const admitted = checked.every(({ passed }) => passed !== undefined);
    if (admitted) await takeAll(cache, suspects);
    return { found, admitted, checked };
  } finally {
    await cache.flush();
  }
}

async function takeAll(cache: DiskCache, { suspects }: Suspects): Promise<void> {
  const entries = suspects.map(({ entry }) => entry);
  for (const from of new Set(suspects.map((suspect) => suspect.from))) await admit(cache, from, entries);
}
