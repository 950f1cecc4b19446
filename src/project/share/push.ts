import { planPipeline } from '../../pipeline/plan/plan-stages.js';
import { keysFolder, ownKey } from '../../pipeline/remote/keys.js';
import { push, type Pushed as Sent } from '../../pipeline/remote/push.js';
import type { OpenedRecipe } from '../project-types.js';
import { requiredRemote } from './remote.js';

export interface PushOptions {
  /** A remote cache. Default: `ETUDE_REMOTE`. */
  remote?: string;
  /** Stops: what has been pushed stays. */
  signal?: AbortSignal;
  /** Called with the bytes sent so far, and the size of all results: some may already be there. */
  progress?(bytes: number, total: number): void;
}

/** What was uploaded to a remote cache. */
export interface Pushed extends Sent {
  /** Stages whose results are not in the cache, and so were not pushed. */
  missing: string[];
  /** Id of the key that signed them, if there is one. */
  signedBy?: string;
  /** Stages whose results are not signed, because they were not computed here, and where they came from. */
  unsigned: { stage: string; from: string }[];
}

/** See `Recipe.push`. */
export async function pushResults(recipe: OpenedRecipe, options: PushOptions): Promise<Pushed> {
  const { signal, progress } = options;
  const remote = requiredRemote(options);
  const setting = await recipe.setting();
  const { cache } = setting;
  const { stages } = await planPipeline(setting);
  const entries = stages.flatMap((planned) => (planned.type === 'hit' ? [planned.entry] : []));
  const missing = stages.flatMap(({ type, stage }) => (type === 'hit' ? [] : [stage.id]));
  const key = await ownKey(keysFolder());
  const sent = await push(remote, cache, entries, { signal, key, progress }).finally(() => cache.flush());
  if (key === undefined) return { ...sent, missing, unsigned: [] };
  const unsigned = entries.flatMap(({ stage, provenance }) =>
    provenance === undefined ? [] : [{ stage, from: provenance.name }],
  );
  return { ...sent, missing, signedBy: key.id, unsigned };
}
