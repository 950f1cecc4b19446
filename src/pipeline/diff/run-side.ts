import { join } from 'node:path';
import { parse } from 'yaml';
import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import type { Json } from '../../util/json.js';
import type { Cache, Entry } from '../cache/types.js';
import { lockedOutput } from '../lock/locked-output.js';
import type { RunRecord } from '../run/run-records.js';
import { ownSide, type Side, type SideStage } from './side.js';

/** A stage as a resolved recipe has it. */
export interface ResolvedStage {
  uses: string;
  from?: string | string[] | Record<string, string>;
  with?: Record<string, Json>;
}

/** A past run: its resolved recipe, and its stages' results as far as the cache still has them. */
export async function runSide(record: RunRecord, cache: Cache): Promise<Side> {
  const file = join(cache.dir, 'runs', record.run, 'recipe.yaml');
  const resolved = await readResolved(file);
  const entries = new Map<string, Entry>();
  for (const [id, fingerprint] of Object.entries(record.fingerprints ?? {})) {
    const found = await cache.lookup(fingerprint);
    if (found.type !== 'miss') entries.set(id, found.entry);
  }
  const stages = new Map<string, SideStage>();
  let engine: string | undefined;
  for (const [id, { uses, from, with: params }] of Object.entries(resolved)) {
    const entry = entries.get(id);
    const [first = 'input'] = Object.keys(entry?.parts.inputs ?? {});
    const wires = wiresOf(from, first);
    const side: SideStage = { uses, from: wires, with: params ?? {} };
    stages.set(id, side);
    if (entry === undefined) continue;
    engine ??= entry.parts.libraries.engine;
    const inputs = Object.values(wires).flatMap((input) => entries.get(input)?.artifact ?? []);
    side.parts = ownSide(entry.parts);
    side.repositories = record.repositories?.filter(({ stage }) => stage === id);
    side.output = lockedOutput(entry.artifact, inputs, entry.artifactDigest);
    side.artifact = entry.artifact;
  }
  return { kind: 'run', shown: record.run, stages, ...(engine !== undefined && { engine }) };
}

/** Input name -> stage id. `first` is the name of an input that is given without one. */
export function wiresOf(from: ResolvedStage['from'], first: string): Record<string, string> {
  if (typeof from === 'string') return { [first]: from };
  if (Array.isArray(from)) return Object.fromEntries(from.map((id, i) => [String(i + 1), id]));
  return from ?? {};
}

/** The stages of a run's resolved recipe, `runs/<id>/recipe.yaml`. */
export async function readResolved(file: string): Promise<Record<string, ResolvedStage>> {
  try {
    const { stages } = parse((await readShort(file)).toString('utf8'), { maxAliasCount: 0 }) as {
      stages: Record<string, ResolvedStage>;
    };
    return stages;
  } catch (error) {
    throw new EtudeError('the recipe of this run cannot be read', {
      where: { file },
      got: error instanceof Error ? error.message : String(error),
    });
  }
}
