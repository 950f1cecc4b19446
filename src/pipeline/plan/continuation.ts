import type { Chunk } from '../../stage/artifact.js';
import { digestOfJson } from '../../util/canonical-json.js';
import { EtudeError } from '../../util/errors.js';
import type { Json } from '../../util/json.js';
import type { Cache, Entry, FingerprintParts } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { Continued, Reason } from './types.js';

/** The result of a shorter computation, and whether it is continued. */
export interface Shorter {
  entry: Entry;
  because: Reason;
  continues?: Continued;
}

/**
 * The cached result that differs only in how long it was computed, with what it kept, or with the reason why
 * it cannot be continued. Of several, the one that goes furthest. `undefined` if there is none.
 */
export async function continuationFor(
  stage: PipelineStage,
  { fingerprint, parts }: { fingerprint: string; parts: FingerprintParts },
  cache: Cache,
  rowsOf: (input: string, split: string) => number,
): Promise<Shorter | undefined> {
  const { continues } = stage.type;
  if (continues === undefined) return undefined;
  const { lengths } = continues;
  const family = familyOf(parts, lengths);
  let best: Shorter | undefined;
  // The entries as of now: another stage of this run may just have made one.
  for (const entry of await cache.entriesOf(parts.uses)) {
    if (entry.fingerprint === fingerprint || familyOf(entry.parts, lengths) !== family) continue;
    const past = Object.fromEntries(lengths.map((name) => [name, entry.parts.params[name]]));
    const kept = (await cache.chunks.get(keyOf(entry.fingerprint)))?.columns;
    const found = continues.from({ ...stage.with, ...past }, stage.with, kept, rowsOf);
    if ('not' in found) {
      best ??= { entry, because: { type: 'from-start', text: `from the start: ${found.not}` } };
    } else if (kept !== undefined && found.done > (best?.continues?.done ?? -1)) {
      const because: Reason = { type: 'continues', text: `continues from ${found.at} of a cached run` };
      best = { entry, because, continues: { kept, done: found.done } };
    }
  }
  return best;
}

/**
 * Notes what the result of a fingerprint kept for longer computations. The fingerprint covers everything that
 * shaped it. Losing it only costs time.
 */
export async function keepFor(fingerprint: string, kept: Chunk['columns'], cache: Cache): Promise<void> {
  try {
    await cache.chunks.set(keyOf(fingerprint), { rows: 0, columns: kept });
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
  }
}

function keyOf(fingerprint: string): string {
  return digestOfJson({ keptBy: fingerprint });
}

/** Of entries, which are compared with many stages. */
const families = new WeakMap<FingerprintParts, string>();

/** Digest of everything but how long it is computed. */
function familyOf(parts: FingerprintParts, lengths: readonly string[]): string {
  let family = families.get(parts);
  if (family === undefined) {
    const params = Object.fromEntries(
      Object.entries(parts.params).filter(([name]) => !lengths.includes(name)),
    );
    family = digestOfJson({ ...parts, params } as unknown as Json);
    families.set(parts, family);
  }
  return family;
}
