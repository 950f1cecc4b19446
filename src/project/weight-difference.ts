import type { Cache, Entry } from '../pipeline/cache/types.js';
import type { LockFile } from '../pipeline/lock/types.js';
import type { Objects } from '../stage/stage-type.js';

const WEIGHTS = 'model.safetensors';

/**
 * The largest deviation of each model's weights, if the cache still has the model that the lock describes.
 */
export async function weightDifferences(
  lock: LockFile,
  cache: Cache,
  entries: ReadonlyMap<string, Entry>,
  objects: Objects,
): Promise<Map<string, number>> {
  const differences = new Map<string, number>();
  for (const [stage, { fingerprint, output }] of Object.entries(lock.stages)) {
    const now = entries.get(stage)?.artifact;
    if (output.kind !== 'model' || now?.kind !== 'model') continue;
    const found = await cache.lookup(fingerprint);
    const before =
      found.type === 'hit' && found.entry.artifactDigest === output.digest ? found.entry.artifact : undefined;
    if (before?.kind !== 'model') continue;
    const [one, other] = [before.files[WEIGHTS], now.files[WEIGHTS]];
    if (one === undefined || other === undefined) continue;
    const difference = await weightDifference(await cache.objects.read(one), await objects.read(other));
    if (difference !== undefined) differences.set(stage, difference);
  }
  return differences;
}

/**
 * The largest absolute difference of two checkpoints' weights; `undefined` if their tensors are not the same
 * ones.
 */
export async function weightDifference(before: Uint8Array, now: Uint8Array): Promise<number | undefined> {
  const { parseSafetensors } = await import('../learning/model/safetensors.js');
  const [one, other] = [parseSafetensors(before, WEIGHTS), parseSafetensors(now, WEIGHTS)];
  if (one.entries.size !== other.entries.size) return undefined;
  let most = 0;
  for (const name of one.entries.keys()) {
    if (!other.entries.has(name)) return undefined;
    const [a, b] = [one.read(name).data, other.read(name).data];
    if (a.length !== b.length) return undefined;
    for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  }
  return most;
}
