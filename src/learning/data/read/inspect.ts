import type { Features } from '../../../stage/artifact.js';
import type { LoadParams } from '../../../stage/params.js';
import type { Place } from '../../../stage/stage-type.js';
import { canonicalJson } from '../../../util/canonical-json.js';
import { locate } from './locate.js';
import type { Located } from './located.js';
import { openSource } from './open-source.js';
import { rowsOf } from './split-slices.js';
import type { DataFile } from './table.js';

/** What is known of data before their rows are read. */
export interface Inspection {
  /** The parameter that names the files. */
  param: Located['param'];
  features: Features;
  /** Every file that reading them reads. */
  files: DataFile[];
  warnings: string[];
  /** Rows of each split. Throws if something is wrong with them: see `rowsOf`. */
  rows(): Record<string, number>;
}

const inspections = new WeakMap<Place, Map<string, Promise<Inspection>>>();

/**
 * Locates and opens the data that `load` names, once per place: a recipe's check, a plan and a run share one
 * look. To look again, use a copy of the place.
 *
 * @throws EtudeError as `locate` and `openSource` do.
 */
export function inspect(params: LoadParams, place: Place): Promise<Inspection> {
  const known = inspections.get(place) ?? new Map<string, Promise<Inspection>>();
  inspections.set(place, known);
  const key = canonicalJson(params);
  const found = known.get(key) ?? look(params, place);
  known.set(key, found);
  return found;
}

/** The tables themselves are not kept: a run may take long, and they may be large. */
async function look(params: LoadParams, place: Place): Promise<Inspection> {
  const located = await locate(params, place);
  const source = await openSource(located, params);
  const { features, files } = source;
  const rows = orThrow(() => rowsOf(source, located, params));
  const warnings = [...source.warnings, ...emptySplits(rows)];
  return { param: located.param, features, files, warnings, rows };
}

/** The warnings about splits without rows, if that is not a problem. */
function emptySplits(rows: Inspection['rows']): string[] {
  try {
    return Object.entries(rows()).flatMap(([name, n]) => (n === 0 ? [`split '${name}' has no rows`] : []));
  } catch {
    return [];
  }
}

/** Does the work now, and returns its result or throws its error on every call. */
function orThrow<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
